# Kernel by Kernel. `make lab` and `make test` set everything up by themselves.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
LOG := .venv/install.log
# The exact versions to install; `make ... LOCK=` takes the newest that fit. Their hashes are for
# `pip install --require-hashes --no-deps`: pip allows none beside a package that is editable.
LOCK ?= .ci/requirements.lock
PINS := .venv/constraints.txt
PIP_INSTALL := $(BIN)/python -m pip install --constraint $(PINS)
# An environment knows its place, and works in no other: a copied one would run the original's code.
MOVED := $(shell [ ! -e $(READY) ] || [ "$$(cat $(READY))" = "$$(pwd -P)" ] || echo moved)
.PHONY: help lab teach student mark site slides test notebooks bench browser faults mutants edits lock clean
.PHONY: moved
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

lab: $(READY) ## open JupyterLab on your own copies of the lessons
	@$(BIN)/python -m helpers.classroom lab $(LAB_FLAGS)

teach: $(READY) ## open JupyterLab on the lessons themselves, executed
	@$(BIN)/python -m helpers.classroom teach $(LAB_FLAGS)

student: $(READY) ## write copies without solutions into build/student, to hand out
	@$(BIN)/python -m helpers.classroom student

mark: $(READY) ## mark the submissions of a class: LESSON=01 FOLDER=path, with FLAGS=--help they are listed
	@$(BIN)/python -m helpers.classroom mark --lesson "$${LESSON:?is to be named, as LESSON=01}" \
	  --folder "$${FOLDER:?is to be named, as FOLDER=path}" $(FLAGS)

# $(call EXTRA,name,modules): install an extra of pyproject.toml where one of its modules is missing.
EXTRA = $(BIN)/python -c '$(foreach module,$(2),import $(module);)' 2> /dev/null \
	|| $(PIP_INSTALL) --editable '.[$(1)]' > $(LOG) 2>&1 \
	|| { echo "The extra '$(1)' could not be installed; $(LOG) says why."; exit 1; }

site: $(READY) ## write the lessons as pages into build/site, to read without a network
	@$(call EXTRA,site,myst_nb)
	@$(BIN)/python -m helpers.classroom site

slides: $(READY) ## write the lessons as slides into build/slides, to show without a network
	@$(call EXTRA,site,latex2mathml sphinx_revealjs)
	@$(BIN)/python -m helpers.classroom slides

# Two processes take a file each in turn: the cells of a notebook need one kernel. A thread each, as
# the linear algebra of one waits in a loop, on the core that the other needs.
test: $(READY) ## run the tests and every notebook
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=2 --dist=loadfile

notebooks: $(READY) ## execute every notebook in place
	$(BIN)/python -m nbconvert --to notebook --execute --inplace \
	  --ExecutePreprocessor.record_timing=False notebooks/*.ipynb

bench: $(READY) ## time the course's code against the libraries
	$(BIN)/python -m tests.benchmarks

browser: $(READY) ## drive a fresh clone and every lesson with a real browser
	-@$(call EXTRA,browser,axe_playwright_python myst_nb sphinx_revealjs)
	$(BIN)/python -m pytest tests/browser -rs

faults: $(READY) ## kill, starve and fuzz the package, and count what survives
	$(BIN)/python -m tests.faults

mutants: $(READY) ## list the small wrong edits to MODULE that no test catches
	$(BIN)/python -m tests.mutation $(MODULE)

edits: $(READY) ## make the listed wrong edits in a copy, and see each fail its tests
	$(BIN)/python -m tests.wrong_edits

lock: $(READY) ## pin a version of every package that has none yet, or none that fits
	@$(BIN)/python -m pip install uv > $(LOG) 2>&1 || { echo "uv could not be installed; $(LOG) says why."; exit 1; }
	$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  --all-extras --no-emit-package kernel-by-kernel --output-file .ci/requirements.lock requirements.txt pyproject.toml

# `find` follows no symbolic link; what git tracks stays, whatever its name.
REMOVE := sh -c 'for path; do [ -n "$$(git --literal-pathspecs ls-files -- "$$path" 2> /dev/null)" ] \
	  || rm -rf -- "$$path"; done' remove
clean: ## remove the environment and our own caches
	@find . -maxdepth 1 \( -name .venv -o -name .pytest_cache -o -name .ruff_cache \
	  -o -name kernel_by_kernel.egg-info \) -exec $(REMOVE) {} +
	@find helpers tests -name __pycache__ -prune -exec $(REMOVE) {} +
	@find build -maxdepth 1 \( -name lib -o -name 'bdist.*' \) -exec $(REMOVE) {} + 2> /dev/null || :
	@rmdir build 2> /dev/null || :
	@find data -maxdepth 2 \( -path 'data/.download-*' -o -path 'data/results/*.lock' \
	  -o -path 'data/results/*.quick.json*' -o -path 'data/results/.*.part' \) \
	  -prune -exec $(REMOVE) {} +

$(READY): requirements.txt pyproject.toml $(LOCK) $(MOVED)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed, and '$(PYTHON)' is not one of them. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "$(if $(MOVED),This folder was moved or copied: its .venv is made anew,Setting up .venv:) a few minutes, this once."
	@said=$$($(PYTHON) -m venv --clear .venv 2>&1) \
	  || { echo "'$(PYTHON) -m venv' failed: $$said"; exit 1; }
	@sed 's/ *\\$$//; /^ *--hash/d' $(or $(LOCK),/dev/null) > $(PINS)
	@$(PIP_INSTALL) --requirement requirements.txt > $(LOG) 2>&1 \
	  || { echo "The installation failed: $$(grep -m1 -o 'ERROR: .*' $(LOG)). Is there a network? All is in $(LOG). $(if $(LOCK),Other versions: make LOCK= $(MAKECMDGOALS))"; exit 1; }
	@pwd -P > $@
