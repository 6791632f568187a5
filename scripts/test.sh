#!/bin/sh
# The suite on the embedded Postgres, then the database suite once more on the oldest version we promise.
set -eu
python=${PYTHON:-.venv/bin/python}

"$python" -m pytest "$@"

old=/usr/lib/postgresql/15/bin
if [ -z "${TEST_DATABASE_URL:-}${TEST_PG:-}" ] && [ "$#" -eq 0 ]; then
  if [ -x "$old/postgres" ]; then
    echo "Once more on Postgres 15 ($old):"
    TEST_PG=15 "$python" -m pytest tests/sql tests/schema
  else
    echo "Not run on Postgres 15: this machine does not have it ($old)."
  fi
fi
