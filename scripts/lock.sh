#!/bin/sh
# requirements.lock: every version with its hashes, for all platforms and Pythons of pyproject.toml. The resolver lives
# in a scratch environment, so that nobody needs it to install; its own lock file names hosts, so it is not kept.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" uv.lock' EXIT
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv
"$scratch/venv/bin/uv" lock --quiet --upgrade
"$scratch/venv/bin/uv" export --quiet --frozen --all-groups --no-header --no-annotate --no-emit-project \
  --format requirements.txt -o requirements.lock
if grep -nE '://' requirements.lock; then
  echo "requirements.lock names a host" >&2
  exit 1
fi
echo "requirements.lock is up to date; the next make sets up from it."
