# The only entry point. `make` alone explains itself.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first Python of 3.11 or newer that this machine has.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
# The environment is named by what it was made from: a changed lock makes a new stamp, an unchanged one costs nothing.
STAMP := $(VENV)/.stamp-$(shell cksum < requirements.lock | tr ' ' '-')
ARGS ?=

.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  \033[1m%-22s\033[0m %s\n", $$1, $$2}' Makefile

.PHONY: run
run: $(STAMP) ## set up what is missing and start Darkroom (ARGS="--data DIR" for another data folder)
	@$(BIN)/python -m darkroom $(ARGS) up

.PHONY: test
test: $(STAMP) ## run the tests on embedded Postgres, then the database's own once more on Postgres 15
	@PYTHON=$(BIN)/python ./scripts/test.sh $(ARGS)

.PHONY: check
check: $(STAMP) ## lint, format check and types; never writes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

.PHONY: golden
golden: $(STAMP) ## write the golden dump of the schema anew, after a change of it
	@$(BIN)/python -m tests.schema.golden

.PHONY: fmt
fmt: $(STAMP) ## format, and mend what the linter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: lock
lock: ## renew requirements.lock from pyproject.toml (needs the network)
	@PYTHON=$(PYTHON) ./scripts/lock.sh

.PHONY: migration-checksums
migration-checksums: $(STAMP) ## record migrations that are about to be merged; recorded ones never change
	@$(BIN)/python -m darkroom.checksums

.PHONY: stress
stress: $(STAMP) ## run the stress tests for minutes rather than seconds (SECONDS=n, default 180)
	@STRESS_SECONDS=$(or $(SECONDS),180) $(BIN)/python -m pytest -m stress -s $(ARGS)

.PHONY: property
property: $(STAMP) ## drive the engine at random for minutes, with new dice each time (EXAMPLES=n, default 1000)
	@HYPOTHESIS_PROFILE=long PROPERTY_EXAMPLES=$(or $(EXAMPLES),1000) $(BIN)/python -m pytest tests/sql/test_property.py $(ARGS)

.PHONY: bench-engine
bench-engine: $(STAMP) ## measure the engine, print a table (never part of the tests)
	@$(BIN)/python -m bench.engine $(ARGS)

.PHONY: bench-worker
bench-worker: $(STAMP) ## measure one worker, print tables (never part of the tests)
	@$(BIN)/python -m bench.worker $(ARGS)

.PHONY: bench-api
bench-api: $(STAMP) ## measure the API and the event stream, print tables (never part of the tests)
	@$(BIN)/python -m bench.api $(ARGS)

.PHONY: clean
clean: ## remove the environment and every cache; data stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: venv
venv: $(STAMP) ## only make the environment in .venv

$(STAMP):
	@test -n "$(PYTHON)" || { echo "Darkroom needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3."; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON) (once) ..."
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.stamp-* && touch $(STAMP)
