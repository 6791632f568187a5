"""Save pictures to files: under names that are safe and say what they are, and never over another file."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME_LETTERS_MAX = 60
NAME_BYTES_MAX = 180  # file systems allow 255, and numbers and an ending follow


class OutError(Exception):
    """The folder for the pictures cannot take them; said before anything is asked for."""


def prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutError(f"the folder {folder} cannot be made: {error.strerror}; choose another with --out") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutError(f"the folder {folder} cannot be written to; choose another with --out")


def file_name(text: str) -> str:
    """The first words of a text, in any script, as a file's name without its ending."""
    text = unicodedata.normalize("NFC", text).lower()
    # Marks belong to the letters before them, where no letter has them built in.
    letters = (letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in text)
    name = ""
    for word in "".join(letters).split():
        longer = f"{name}-{word}" if name else word[:NAME_LETTERS_MAX]
        if len(longer) > NAME_LETTERS_MAX or len(longer.encode()) > NAME_BYTES_MAX:
            break
        name = longer
    return name or "picture"


def write_new(folder: Path, name: str, ending: str, content: bytes) -> Path:
    """A file of this name, or of the next one that is free; the path says which it became."""
    path, number = folder / f"{name}{ending}", 1
    while True:
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            if not _holds(path, content):  # else it was saved before, and there is no need for a second one
                number += 1
                path = folder / f"{name}_{number}{ending}"
                continue
        except OSError:
            path.unlink(missing_ok=True)  # half a picture helps nobody
            raise
        return path


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
