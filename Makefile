# Every target does its own set-up: a fresh clone needs nothing else before it.
#   make demo ARGS="--topology separated --workers 3"    arguments for the command behind a target
#   make test PYTHON=/usr/bin/python3.12                 the interpreter that .venv is made with

SHELL := bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?=
ARGS ?=
SNAP ?=
BIN := .venv/bin

export PYTHON

.PHONY: help setup demo test test-all nightly check e2e e2e-containers fidelity model bench up lab clean lock

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## */  make \1\t/' | expand -t 24

setup:
	@scripts/setup

setup-%:
	@scripts/setup $*

demo: setup ## form a cluster on simulated hosts and end; for example ARGS="--topology separated --workers 3"
	@$(BIN)/clusterwright demo $(ARGS)

# They start hundreds of processes, of which none is to compile the project anew.
test test-all: export PYTHONDONTWRITEBYTECODE :=

test: setup-tests check ## run every check and the tests, end to end included
	@$(BIN)/python -m pytest -n 5 --dist loadfile --no-loadscope-reorder -m "not slow" $(ARGS)

test-all: setup-tests check ## the same, with the long scenarios that make test leaves out
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

nightly: ## what is too long for every change: make test-all, then make model
	@$(MAKE) test-all
	@$(MAKE) model

check: setup ## ruff, mypy and import-linter, without tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@echo "check: ruff, mypy and import-linter agree"

e2e: setup ## only the end-to-end tests: real SSH, Redis and Celery worker processes on the lab
	@$(BIN)/python -m pytest -m e2e $(ARGS)

e2e-containers: setup ## build the images and run the stack in containers; says why where no engine can be had
	@scripts/e2e-containers $(ARGS)

fidelity: setup-tests ## compare the lab's emulator with MicroK8s' own parts; SNAP=DIR names an unpacked snap
	@test -n "$(SNAP)" || { echo "cannot compare: no snap is named; make fidelity SNAP=DIR" >&2; exit 2; }
	@$(BIN)/python -m lab.fidelity "$(SNAP)" $(ARGS)

model: setup-tests ## try every order of events on the ledger's script in large worlds; ARGS="--only NAME --states N"
	@PYTHONPATH=tests $(BIN)/python tests/model $(ARGS)

bench: setup-bench ## measure against other tools and write docs/performance.md; ARGS="--quick" for a look
	@$(BIN)/python -m bench $(ARGS)

up: setup ## Redis, API and Celery worker in the foreground, with their data kept
	@$(BIN)/clusterwright up $(ARGS)

lab: setup ## three simulated hosts to try changes on, or ARGS="status", ARGS="down", ...
	@$(BIN)/clusterwright lab $(if $(ARGS),$(ARGS),up 3)

lock: setup ## write the two requirements locks anew from pyproject.toml
	@scripts/lock

clean: ## remove the virtual environment, caches and build results
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
