# Kernel by Kernel. `make lab` and `make test` set everything up by themselves.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
LOG := .venv/install.log
LESSONS := $(wildcard notebooks/*.ipynb)
# Jupyter refuses to run as root unless told; containers and build machines are root.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
.PHONY: help lab test notebooks bench browser clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

lab: $(READY) ## open JupyterLab at the first lesson
	$(BIN)/jupyter lab $(AS_ROOT) $(LAB_FLAGS) notebooks/00_start_here.ipynb

test: $(READY) ## run every test and every notebook
	$(BIN)/python -m pytest

notebooks: $(READY) ## execute every notebook in place
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace \
	  --ExecutePreprocessor.record_timing=False $(LESSONS)

bench: $(READY) ## time the course's code against the libraries
	$(BIN)/python -m tests.benchmarks

browser: $(READY) ## drive the lessons in JupyterLab with a real browser
	@$(BIN)/python -c 'import playwright' 2> /dev/null \
	  || $(BIN)/python -m pip install --editable '.[browser]' > $(LOG) 2>&1 \
	  || echo "playwright could not be installed; $(LOG) says why."
	$(BIN)/python -m pytest tests/browser -rs

clean: ## remove what was made: the environment and all caches
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache data/.download-*
	rm -f data/results/*.lock data/results/*.quick.jsonl data/results/.*.part
	find . -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed, and '$(PYTHON)' is not one of them. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv: a few minutes, this once."
	@$(PYTHON) -m venv --clear .venv > /dev/null 2>&1 \
	  || { echo "'$(PYTHON) -m venv' failed: install Python's venv module (on Debian and Ubuntu the package python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install --editable . > $(LOG) 2>&1 \
	  || { echo "The installation failed: $$(grep -m1 -o 'ERROR: .*' $(LOG)). Is there a network? All is in $(LOG)."; exit 1; }
	@touch $@
