#!/bin/sh
# The suite on the embedded Postgres, and beside it the database suite on the oldest version we promise. The two share
# nothing but the machine; in turn they would take nearly twice as long. TEST_PROCESSES=3 runs files beside each other,
# which is quicker, but tests that measure time or take the default ports may meet.
# Whatever happens, the last line is pytest's own.
set -u
python=${PYTHON:-.venv/bin/python}
old=/usr/lib/postgresql/15/bin
spread="${TEST_PROCESSES:+-n $TEST_PROCESSES --dist loadfile}"

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
trap 'kill "$beside" 2>/dev/null; rm -f "$log"; exit 130' INT TERM

"$python" -m pytest $spread
embedded=$?
[ "$embedded" -eq 0 ] || echo "Tests FAILED on the embedded Postgres: see above."
echo "The database suite on Postgres 15, run beside it:"
wait "$beside"
oldest=$?
cat "$log"
[ "$embedded" -eq 0 ] && exit "$oldest"
exit "$embedded"
