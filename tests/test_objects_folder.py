"""A folder of objects: whole files or none whoever is killed, for its owner's eyes, and no way out of it."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from darkroom.errors import ObjectMissingError, StorageError
from darkroom.storage_url import FolderUrl
from tests.servers import scratch_folder
from tests.support import wait_until
from tests.test_objects import TEXT, keys, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from darkroom.objects import Objects

NOBODY = 65534
MIB = 1024 * 1024
ROOT = os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "objects"
    tell(FolderUrl(folder), lambda objects: objects.ensure())
    return folder


def files(folder: Path) -> dict[str, int]:
    """Everything that lies there, hidden or not."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if not path.is_dir()}


def user(folder: Path, size: int, *more: str, file_bytes_max: int | None = None) -> subprocess.Popen[str]:
    def limit() -> None:
        if file_bytes_max is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes_max, file_bytes_max))

    command = [sys.executable, "-m", "tests.objects_user", str(folder), "images/0/1.png", str(size), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=limit)  # noqa: PLW1509


def test_only_the_owner_reads_it(folder: Path) -> None:
    tell(FolderUrl(folder), lambda objects: objects.put("images/0/1.png", b"x", TEXT))

    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}

    assert modes == {"objects": 0o700, "images": 0o700, "0": 0o700, "1.png": 0o600}


def test_no_link_is_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (folder / "images").symlink_to(outside)
    (folder / "link").symlink_to(outside / "secret")

    async def story(objects: Objects) -> None:
        for key in ("images/secret", "link"):
            for ask in (objects.get(key), objects.stat(key)):
                with pytest.raises(ObjectMissingError):
                    await ask
        assert await keys(objects) == []
        with pytest.raises(StorageError):
            await objects.put("images/new", b"x", TEXT)
        assert await objects.delete(["images/secret"]) == {}
        await objects.put("link", b"a file now", TEXT)  # in place of the link, not through it
        assert await objects.get("link") == b"a file now"

    tell(FolderUrl(folder), story)
    assert files(outside) == {"secret": 6}
    assert (outside / "secret").read_text() == "secret"


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)

    tell(FolderUrl(tmp_path / "link"), lambda objects: objects.put("a", b"x", TEXT))

    assert files(folder) == {"a": 1}


def test_empty_folders_and_odd_files_disturb_nobody(folder: Path) -> None:
    (folder / "images" / "0").mkdir(parents=True)
    (folder / "a").mkdir()
    os.mkfifo(folder / "fifo")

    async def story(objects: Objects) -> None:
        assert await keys(objects) == []
        for key in ("a", "fifo"):
            with pytest.raises(ObjectMissingError):
                await objects.stat(key)
        with pytest.raises(ObjectMissingError):
            await objects.get("fifo")
        with pytest.raises(StorageError):
            await objects.put("a", b"x", TEXT)
        assert await objects.delete(["a"]) == {}
        await objects.put("a/b", b"x", TEXT)
        with pytest.raises(StorageError):
            await objects.put("a/b/c", b"x", TEXT)

    tell(FolderUrl(folder), story)
    assert files(folder) == {"fifo": 0, "a/b": 1}


@pytest.mark.parametrize("attempt", range(3))
def test_a_killed_put_leaves_all_or_nothing(folder: Path, attempt: int) -> None:
    size = 32 * MIB
    with user(folder, size, "forever") as process:
        assert process.stdout
        for _ in range(attempt):  # the first kill meets no object, the others an older one
            assert process.stdout.readline() == "put\n"
        wait_until(lambda: half_written(process.pid, size), "a put in the middle")
        process.kill()

    left = files(folder)
    assert set(left) <= {"images/0/1.png"}
    if left:
        assert left == {"images/0/1.png": size}
        assert len(set((folder / "images/0/1.png").read_bytes())) == 1  # of one put
    else:
        assert attempt == 0


def half_written(pid: int, size: int) -> bool:
    if sys.platform != "linux":
        return True
    for handle in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if "(deleted)" in str(handle.readlink()) and 0 < handle.stat().st_size < size:
                return True
    return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 2 MiB, where this machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "darkroom-test", str(disk)]
    if not ROOT or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_leaves_nothing_half_written(folder: Path, small_disk: Path | None) -> None:
    # Without a disk of our own, the limit of a file's size ends the write in the middle just the same.
    place, limit = (small_disk, None) if small_disk else (folder, 2 * MIB)
    for size, answer in ((MIB, "put"), (4 * MIB, "refused")):
        with user(place, size, file_bytes_max=limit) as process:
            assert process.stdout
            said = process.stdout.read()
        assert said.startswith(answer)
        assert said.count("\n") == 1
        assert ("Free some space" in said) is (answer == "refused" and small_disk is not None)

    assert files(place) == {"images/0/1.png": MIB}
    tell(FolderUrl(place), lambda objects: objects.put("another", b"x" * (MIB // 2), TEXT))
    assert files(place) == {"images/0/1.png": MIB, "another": MIB // 2}


def test_file_systems_without_unnamed_files_serve_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)

    async def story(objects: Objects) -> None:
        for content in (b"first", b"second"):
            await objects.put("a/b", content, TEXT)
            assert await objects.get("a/b") == content
        with pytest.raises(StorageError):
            await objects.put("a", b"x", TEXT)

    tell(FolderUrl(folder), story)
    assert files(folder) == {"a/b": 6}


def test_what_the_account_may_not_do_is_said() -> None:
    with scratch_folder() as scratch:
        folder = scratch / "objects"
        folder.mkdir()
        tell(FolderUrl(folder), lambda objects: objects.put("images/1", b"x", TEXT))
        folder.chmod(0o755)
        (folder / "images").chmod(0o555)
        with another_account():
            assert tell(FolderUrl(folder), lambda objects: objects.delete(["images/1", "images/2"])) == {
                "images/1": "Permission denied"
            }
            with pytest.raises(StorageError, match="Let the account that runs Darkroom"):
                tell(FolderUrl(folder), lambda objects: objects.put("images/2", b"x", TEXT))
        (folder / "images").chmod(0o700)
        assert files(folder) == {"images/1": 1}


@contextlib.contextmanager
def another_account() -> Iterator[None]:
    """Root may do everything, so as root be somebody else for a while."""
    if ROOT:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if ROOT:
            os.seteuid(0)


def test_readers_leave_no_file_open(folder: Path) -> None:
    async def story(objects: Objects) -> None:
        await objects.put("a", b"x" * MIB, TEXT)
        before = len(os.listdir("/dev/fd"))  # noqa: PTH208
        for _ in range(10):
            async with contextlib.aclosing(objects.stream("a")) as chunks:
                await anext(chunks)
            await objects.get("a")
            await objects.put("b", b"x", TEXT)
            await objects.delete(["b"])
        assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208

    tell(FolderUrl(folder), story)
