# Two commands: `make demo` to see it work, `make test` to prove it. Everything they make stays inside this folder.

VENV := .venv
READY := $(VENV)/.ready
UV := $(VENV)/bin/uv
UV_VERSION := 0.13.9
RUN := $(VENV)/bin

# The first Python on the path that is new enough and can make a virtual environment.
FITS := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do $$name -c '$(FITS)' 2>/dev/null && echo $$name && break; done)

export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_NO_CACHE_DIR := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export AIRFLOW_HOME := $(CURDIR)/var/airflow
export TMPDIR := $(CURDIR)/var/tmp
unexport PYTHONDONTWRITEBYTECODE  # without compiled files every Airflow command starts four seconds later
unexport PYTHONPATH VIRTUAL_ENV
$(shell mkdir -p $(TMPDIR))

# Salesforce's own command line, to hold the Salesforce package against; it needs Node 22, so it comes with one.
SALESFORCE_CLI := .cache/salesforce-cli
SALESFORCE_CLI_PACKAGES := node@22.23.3 @salesforce/cli@2.150.6

.DEFAULT_GOAL := help
.PHONY: help demo test mutants bench check-package walk pictures docs lint lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY)  ## Watch three days of imports on a real Airflow; stays until Ctrl-C (ONCE=1: ends by itself)
	@$(RUN)/python -m sandbox.demo $(if $(filter-out 0 no false,$(ONCE)),--once)

test: lint  ## Prove it: lint, types and every test
	@$(RUN)/pytest -q -n 2 --dist worksteal -m "not e2e"
	@$(RUN)/pytest -q -n 3 --dist loadfile -m "e2e and not walk"

mutants: $(READY)  ## Break each promise on purpose: a test must see it
	@$(RUN)/python tests/mutate.py

bench: $(READY)  ## Race the sync against what else there is: time, calls, memory (ten minutes; big loads: SIZES=100000,1000000)
	@$(RUN)/python -m benchmarks

walk: $(READY)  ## Walk through the demo's Airflow as a new user does, in this machine's Chromium
	@$(RUN)/pytest -q -m walk

pictures: $(READY)  ## The same, and take the README's pictures on the way
	@PICTURES=docs/pictures $(RUN)/pytest -q -m walk

docs: $(READY)  ## Write the pages that are made from the code
	@cd docs && ../$(RUN)/python -m docs_build

lint: $(READY)  ## ruff and mypy, both strict
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy

check-package: $(READY) $(SALESFORCE_CLI)/.ready  ## Let Salesforce's own CLI read the Salesforce package (npm fetches it once, 500 MB; from then on `make test` does so too)
	@$(RUN)/pytest -q tests/contract/test_salesforce_cli.py

lock: $(READY)  ## Resolve requirements.txt into requirements.lock
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --custom-compile-command "make lock" requirements.txt -o requirements.lock

clean:  ## Back to a fresh clone
	@rm -rf $(VENV) .cache var .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# PATH: pip asks any rustc it finds for its version, and a rustup in front of it writes into the home folder.
$(READY): requirements.lock pyproject.toml Makefile
	@"$(PYTHON)" -c '$(FITS)' 2>/dev/null || { echo "freee_sync needs Python 3.11, 3.12 or 3.13 with venv. Install one, or: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) once, with $$($(PYTHON) --version): about a minute"
	@rm -f $(READY)
	@test -x $(RUN)/python || { base=$$($(PYTHON) -c 'import sys; print(sys.executable)') && PATH=$(RUN) $$base -m venv $(VENV); }
	@test -x $(UV) && $(UV) --version | grep -qF " $(UV_VERSION) " || PATH=$(RUN) $(RUN)/pip install --quiet "uv==$(UV_VERSION)"
	@$(UV) pip sync --quiet --python $(RUN)/python --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --python $(RUN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

$(SALESFORCE_CLI)/.ready:
	@rm -rf $(SALESFORCE_CLI) && mkdir -p $(SALESFORCE_CLI)
	@npm install --prefix $(SALESFORCE_CLI) --cache $(SALESFORCE_CLI)/npm --no-audit --no-fund --no-update-notifier \
	  --loglevel error $(SALESFORCE_CLI_PACKAGES)
	@rm -rf $(SALESFORCE_CLI)/npm
	@touch $@
