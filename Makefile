# The one door to everything. Needs Python 3.11 and pip; each target makes .venv and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=
DATA ?=
CHAOS ?=
JSON ?=

.DEFAULT_GOAL := help

help: ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

demo: $(READY) ## the mesh in separate processes, driven over real data: DATA=DIR CHAOS=1 JSON=FILE
	@$(BIN)/python -m campus.journey $(if $(DATA),--data "$(DATA)") $(if $(filter 1 yes true,$(CHAOS)),--chaos) $(if $(JSON),--json "$(JSON)") $(ARGS)

test: $(READY) ## the whole suite, in parallel: ARGS="-k name"
	@$(BIN)/pytest $(ARGS)

lint: $(READY) ## formatting, types, imports, contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/lint_contracts.py

generate: $(READY) ## make the stubs anew from protos/
	@$(BIN)/python tools/generate.py

bench: $(READY) ## what a call and a token cost, beside bare gRPC, a hand-made stack and PyJWT: JSON=FILE
	@$(BIN)/python benchmarks/rpc.py $(if $(JSON),--json "$(JSON)") $(ARGS)
	@JSON= $(BIN)/python benchmarks/verify.py

faults-identity: $(READY) ## what identity promises under kill -9, outage, flood and rotation: ARGS="rotation"
	@PYTHONPATH=tests GRPC_VERBOSITY=NONE $(BIN)/python -m faults.identity $(if $(JSON),--json "$(JSON)") $(ARGS)

up: $(READY) ## start the mesh of trunkline.yaml and keep it up until ^C
	@$(BIN)/trunkline up $(ARGS)

clean: ## remove everything that can be made again
	rm -rf .venv .trunkline build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or later is needed: make PYTHON=python3.11'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo 'installing into .venv ...' >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

.PHONY: help demo test lint generate bench faults-identity up clean
