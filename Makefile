# Every task of this repository. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first Python on the path that is new enough; PYTHON=... names another one.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)
VENV := .venv
SEED := $(or $(SEED),$(shell date +%s))
TEMPORARY := $(or $(TMPDIR),/tmp)
BIN := $(VENV)/bin
READY := $(VENV)/.ready
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

# How far `make walk` goes.
STEPS := 5000000

# Seconds that a single test may take where it does what takes minutes.
HOUR := 3600

# Tests without a server: the rules, the layout, what is quoted and documented, the production set-up as files.
FAST := tests/process tests/reference tests/test_architecture.py tests/test_client_methods.py tests/test_crash_points.py tests/test_docs.py \
	tests/test_guide.py tests/test_planted_sources.py tests/test_readme.py tests/deployment/test_compose.py \
	tests/deployment/test_dockerfile.py tests/deployment/test_health.py tests/deployment/test_alerts.py

.PHONY: help setup demo dev test proof walk chaos long bench house check format lock clean

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Install everything into .venv, in the versions of the lock file

# Without pip inside, so that a Python whose distribution has split off `ensurepip` will do.
$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and there is none on the path." >&2; exit 1; }
	$(PYTHON) -m venv --without-pip --clear $(VENV)
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Run the guide's scenarios against the whole engine, started for it
	$(BIN)/countermand demo

dev: $(READY) ## Run the whole engine on this machine until Ctrl-C
	$(BIN)/countermand dev

test: $(READY) ## Run every test, on two processes: half of the tests wait for others most of the time
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

proof: $(READY) ## Explore every state of the process, walk on at random, and plant every bug: before every push
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --timeout $(HOUR) --proof tests/proof

walk: $(READY) ## Walk five million random steps through the process; SEED=... repeats them, or goes on where they stopped
	@echo "Seed $(SEED): repeat these walks, or go on with them, with make walk SEED=$(SEED)"
	$(BIN)/python -m tests.walk --seed $(SEED) --steps $(STEPS) --kept $(TEMPORARY)/countermand-walk-$(SEED).jsonl

chaos: $(READY) ## Survive every outage and kill three times in a row; SEED=... repeats a run
	@echo "Seed $(SEED): repeat this run with make chaos SEED=$(SEED)"
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --verbose --timeout $(HOUR) --chaos --chaos-rounds 3 --chaos-seed $(SEED) tests/chaos

long: $(READY) ## Prove for an hour what the tests prove in little; SEED=... goes on where that seed was stopped
	@echo "Seed $(SEED): go on where it was stopped with make long SEED=$(SEED)"
	$(BIN)/python -m benchmarks.replays --seed $(SEED)
	$(BIN)/python -m pytest --numprocesses 2 --timeout $(HOUR) --long -m long --passed $(TEMPORARY)/countermand-long-$(SEED).txt tests/workflow tests/activities tests/starter tests/chaos

bench: $(READY) ## Measure what an order costs, against a bare workflow in the same run
	$(BIN)/python -m benchmarks.orders

house: $(READY) ## Measure the room in which the process lives: circles, clones, names, ways through it
	$(BIN)/python -m benchmarks.house

check: $(READY) ## Check format, lint, types, Compose file and Dockerfile, and run the pure tests: before every commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd clients/python && ../../$(BIN)/mypy
	$(BIN)/python -m pytest --quiet $(FAST)

format: $(READY) ## Format the code, and mend what lint can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(READY) ## Pin the newest versions that pyproject.toml allows
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
	$(COMPILE) --upgrade --output-file requirements.lock
	$(COMPILE) --upgrade --extra embedded --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove .venv and every cache; data in .countermand stays
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
