# What people do daily. `make` alone lists it.
VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= python3
OUT    ?= out/demo
JOBS   ?= auto
SECONDS ?= 60
REAL_JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help verify demo test fast slow lint types format docs check clean setup fuzz

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/ready ## a virtual environment with pinned dependencies, and system packages where we may

$(VENV)/ready: pyproject.toml constraints.txt tools/system-packages
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Expected Python 3.11 or newer. Received %s. Say make PYTHON=/path/to/python3.11" % sys.version.split()[0])'
	tools/system-packages bubblewrap libseccomp2 graphviz tesseract-ocr
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,notebooks]'
	$(BIN)/python -m compileall -q grader
	@touch $@

demo: setup ## grade everything in submissions/ and say where the report is
	$(BIN)/grader batch submissions --rubric lab06 --assets demo --out $(OUT) --jobs $(JOBS) --sandbox $$(tools/choose-sandbox $(BIN)/grader)

test: fast slow ## all tests, the real ones included (about 25 minutes on two cores)

fast: setup ## unit tests only: no kernel, no training
	$(BIN)/python -m pytest -m 'not slow' -n $(JOBS)

slow: setup ## real notebooks, real TensorFlow, real sandbox; REAL_JOBS=2 side by side
	$(BIN)/python -m pytest -m slow -n $(REAL_JOBS) --dist loadfile

verify: setup ## does the grader give the right verdicts? samples, mutants and rewrites of lab06 (about 15 minutes)
	$(BIN)/grader rubric verify lab06 --samples tests/samples/expected.toml --assets demo --training capped --jobs $(JOBS) --out out/verify --sandbox $$(tools/choose-sandbox $(BIN)/grader)

fuzz: setup ## give every parser hostile bytes, SECONDS=60 each
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python -m fuzz all $(SECONDS)

check: lint types ## what must be clean before a commit

lint: setup ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup ## let ruff put everything in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup ## mypy, strict
	$(BIN)/mypy

docs: setup ## rewrite what is generated below docs/
	$(BIN)/grader schema evidence > docs/evidence.schema.json
	$(BIN)/grader schema results > docs/results.schema.json
	$(BIN)/grader schema summary > docs/summary.schema.json
	$(BIN)/python -c "from grader.cli import cli; from grader.cli.describe import describe_commands; print(describe_commands(cli), end=str())" > docs/commands.md

clean: ## remove the environment and all output
	rm -rf $(VENV) out build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
