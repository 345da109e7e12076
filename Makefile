# Two commands are all that is needed: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix client --silent

.PHONY: run test check client-units cached-styles units lint checks styles types python wheel long faults bench reference screenshots

run:  ## serve the API, the sockets and the web client on http://localhost:8000
	@$(PYTHON) tools/prepare.py run
	@exec $(BIN)/bitworks serve

test: lint  ## everything: lint, types, layers, TypeScript, Python, browser
	@$(NPM) run test
	@$(BIN)/pytest -n 2 --dist worksteal

check:  ## for every day: lint, types, layers, and the tests of both languages that need no server
	@$(PYTHON) tools/prepare.py test
	@$(MAKE) --no-print-directory -j 2 cached-styles units client-units types python

client-units:  # without the two files that build packages and the one that adds a kind, and all in one place: `make test` isolates each file
	@$(NPM) run test:units

cached-styles:  # files that did not change are not read again, though what they import may have: `make test` does
	@$(NPM) run lint:cached

units:
	@$(BIN)/pytest --quiet --units

lint:
	@$(PYTHON) tools/prepare.py test
	@$(MAKE) --no-print-directory -j 2 checks

checks: styles types python  # the longest first: each is at work on one core

styles:
	@$(NPM) run lint

types:
	@$(NPM) run typecheck

python:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

wheel:  ## everything in one file: dist/bitworks_message-….whl
	@$(PYTHON) tools/prepare.py wheel
	@$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls -t dist/*.whl | head -n 1

long:  ## what takes too long for every day, or needs a package registry
	@$(PYTHON) tools/prepare.py test
	@$(BIN)/pytest -m long
	@LAWS=long $(BIN)/pytest -n 2 tests/laws

faults:  ## break servers, networks and devices under load; ARGS="--short --only NAME" for less
	@$(PYTHON) tools/prepare.py bench
	@$(BIN)/python -m bench.faults $(ARGS)

bench:  ## measure ours and its peers in turn; ARGS="--short --only NAME --rounds 3" for less, "--against COMMIT" for two of ours
	@$(PYTHON) tools/prepare.py bench
	@$(BIN)/python -m bench $(ARGS)

reference:  ## write what is generated from the models
	@$(PYTHON) tools/prepare.py test
	@$(BIN)/python tools/reference.py
	@$(NPM) run generate

screenshots:  ## take the pictures in docs/screenshots anew
	@$(PYTHON) tools/prepare.py test
	@SCREENSHOTS=$(CURDIR)/docs/screenshots $(BIN)/pytest -q -n 0 tests/browser -k screens.spec
