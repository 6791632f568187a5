#!/bin/sh
# The suite on the embedded Postgres, then the database suite once more on the oldest version we promise.
# Whatever happens, the last line is pytest's own.
set -eu
python=${PYTHON:-.venv/bin/python}
old=/usr/lib/postgresql/15/bin

again=no
if [ -z "${TEST_DATABASE_URL:-}${TEST_PG:-}" ] && [ "$#" -eq 0 ]; then
  if [ -x "$old/postgres" ]; then
    again=yes
  else
    echo "This machine has no Postgres 15 ($old): the database suite runs on the embedded version only."
  fi
fi

"$python" -m pytest "$@"

if [ "$again" = yes ]; then
  echo "The database suite once more, on Postgres 15:"
  TEST_PG=15 "$python" -m pytest tests/sql tests/schema
fi
