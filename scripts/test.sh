#!/bin/sh
# The suite on the embedded Postgres, and beside it the database suite on the oldest version we promise. The two share
# nothing but the machine. Files run beside each other, in one process more than there are cores, since tests also wait;
# TEST_PROCESSES says how many, and 0 runs them in one process, in which a debugger works.
# Whatever happens, the last line is pytest's own.
set -u
python=${PYTHON:-.venv/bin/python}
old=/usr/lib/postgresql/15/bin
spread="-n ${TEST_PROCESSES:-$(($(getconf _NPROCESSORS_ONLN) + 1))} --dist loadfile"

if [ "$#" -gt 0 ]; then
  exec "$python" -m pytest "$@"
fi
if [ -n "${TEST_DATABASE_URL:-}${TEST_PG:-}" ]; then
  exec "$python" -m pytest $spread
fi
if [ ! -x "$old/postgres" ]; then
  echo "This machine has no Postgres 15 ($old): the database suite runs on the embedded version only."
  exec "$python" -m pytest $spread
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
TEST_PG=15 "$python" -m pytest -p no:cacheprovider tests/sql tests/schema >"$log" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null; wait "$beside"; exit 130' INT TERM

"$python" -m pytest $spread
embedded=$?
[ "$embedded" -eq 0 ] || echo "Tests FAILED on the embedded Postgres: see above."
echo "The database suite on Postgres 15, run beside it:"
wait "$beside"
oldest=$?
cat "$log"
[ "$embedded" -eq 0 ] && exit "$oldest"
exit "$embedded"
