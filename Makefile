# Everything a developer does. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Pins the CPU build of torch; a machine with an accelerator sets CONSTRAINTS= to take its own.
CONSTRAINTS ?= constraints/cpu.txt
PIP_CONSTRAIN := $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))

.DEFAULT_GOAL := help
.PHONY: help setup install demo test check format bench eval-smoke results results-persona lab clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: pyproject.toml constraints/cpu.txt backends/weights.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip "setuptools>=77"
	$(BIN)/python -m pip install --quiet $(PIP_CONSTRAIN) torch
	$(BIN)/python -m pip install --quiet $(PIP_CONSTRAIN) --editable '.[dev]' --config-settings editable_mode=strict
	$(BIN)/affectgraph weights fetch
	touch $@

setup: $(VENV)/.ready ## Create .venv with everything, weights included (about 3 minutes, 4.5 GB)

# A strict editable install links each file, so a new file needs it again (a second).
install: setup
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . --config-settings editable_mode=strict

demo: install ## Run the long example text through the graph `empathy`, offline, on the embedded model
	$(BIN)/affectgraph run empathy --file examples/long_text.txt --trace

# One thread for each worker: torch and llama.cpp would otherwise fight over the cores.
test: install ## Run the tests, on up to four cores
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

check: install ## Format, lint, types and the floors of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy agents backends evals graphs prompts tools
	$(BIN)/python -m pytest --quiet tests/test_house.py

format: install ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

eval-smoke: install ## Evaluate small samples of every benchmark layout, offline, and write a report (about five minutes)
	PYTHON=$(BIN)/python sh benchmarks/eval_smoke.sh

results: install ## Make the figures of docs/results.md (about an hour on one core; stopped, it goes on where it was)
	PYTHON=$(BIN)/python sh benchmarks/results.sh

results-persona: install ## The same for personas: fits the link on train, then asks on val (about two hours on one core)
	PYTHON=$(BIN)/python sh benchmarks/results_persona.sh

lab: install ## Train the lab's other thinkers, measure them all, rebuild docs/lab.md (half an hour on one core; goes on where it stopped)
	$(BIN)/python -m affectgraph.evals.lab --page docs/lab.md

bench: install ## Measure speed (several minutes; ratios within one run)
	$(BIN)/python -m benchmarks.run_all

clean: ## Remove what the other targets made
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
