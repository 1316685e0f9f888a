# README's first two commands are `make demo` and `make test`; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The set-up is redone when the lock or the build file changes, and only then.
CORE := $(VENV)/.core-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
DEV := $(VENV)/.dev-$(shell cat requirements-dev.lock requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.PHONY: demo test test-system check format bench wheel lock clean help

help:  ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say 'make PYTHON=python3.12 …' where it has another name."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(CORE): | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(CORE)

demo: $(CORE)  ## a first edition, from the sample day in examples/
	$(BIN)/digest demo

# The tests' byte code is kept whatever the environment says: half of collecting is compiling them.
test: $(DEV)  ## the fast tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal -m "not system"

test-system: $(DEV)  ## the slow tests: real browser, mail system, installed wheel
	$(BIN)/python -m pytest -n 2 --dist worksteal -m system

check: $(DEV)  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@for file in $$(find tests -name conftest.py | sort); do $(BIN)/mypy --no-error-summary $$file || exit 1; done

format: $(DEV)  ## put every file into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)  ## all benchmarks that need no data of others
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m bench all

wheel: $(DEV)  ## the package to install elsewhere, in dist/
	$(BIN)/python -m hatchling build -t wheel -d dist

lock:  ## resolve pyproject.toml into the hashed lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml lock-extra.in -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml lock-extra.in --group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  pyproject.toml --group bench -c requirements-dev.lock -o requirements-bench.lock

clean:  ## remove what was made here
	rm -rf $(VENV) dist build
