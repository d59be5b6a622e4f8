# Every target sets up .venv by itself when it is missing or older than the lock file.
PRESET ?= cpu
# How long a study may take on this machine; a larger budget later goes on from where it ended.
BUDGET ?= 8m
# Whether `make bench` only shows that it comes to its end: what it then finds goes to build/, and means nothing.
SMALL ?=
BENCH := $(if $(SMALL),build/bench,benchmarks)
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
RUN := $(BIN)/python -m steepness run
DOMAINS := $(BIN)/python -m steepness domains --names
# One thread per process: trials, tests and benchmarks run side by side on the cores.
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help setup test test-ray check reproduce smoke bench nightly baseline site tables docs shown lock clean

help: ## Say what there is
	@grep -hE '^[a-z][a-z_%-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-22s %s\n", $$1, $$2}'

setup: $(READY) ## Make .venv from the lock file (uv when there, else venv and pip)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv (torch and its CUDA libraries are 5 GB; a minute or two the first time)"
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) .venv && \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps -e . ; \
	else \
	  $(PYTHON) -m venv .venv && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e . ; \
	fi
	@touch $@

test: setup ## Run the tests (under 10 minutes on 2 cores)
	$(BIN)/python -m pytest 

test-ray: setup ## Run the tests that need Ray, which it installs: 240 MB, some two minutes
	@if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python 'ray[tune]>=2.50'; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check 'ray[tune]>=2.50'; fi
	$(BIN)/python -m pytest tests/executors tests/test_sweeps.py

check: setup ## Format, lint and type check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

reproduce-%: setup ## Train, fit, report and judge one domain; BUDGET=4h goes further; PRESET=smoke|gpu|paper
	$(RUN) $* --preset $(PRESET) $(if $(filter cpu long,$(PRESET)),--budget $(BUDGET))

reproduce: setup ## All domains, one after the other
	@for domain in $$($(DOMAINS)); do $(MAKE) --no-print-directory reproduce-$$domain || exit; done

smoke: ## The smoke preset of word_lm, seconds
	$(MAKE) --no-print-directory reproduce-word_lm PRESET=smoke

bench: setup ## A step beside other trainers, a sweep beside a script and Ray Tune, overhead, throughput; hours, SMALL=1 minutes
	$(BIN)/python -m benchmarks.steps.beside --out $(BENCH)/steps $(if $(SMALL),--steps 15 --rounds 1)
	$(BIN)/python -m benchmarks.steps.overhead --out $(BENCH)/steps $(if $(SMALL),--size 48 --steps 300 --most 40000 --records 640)
	$(BIN)/python -m benchmarks.sweeps.beside --out $(BENCH)/sweeps $(if $(SMALL),--trials 4 --steps 20 --rounds 1)
	$(BIN)/python -m benchmarks.speed $(BENCH)
	$(BIN)/python -m pytest benchmarks --benchmark-only $(if $(SMALL),--benchmark-max-time=0.1 --benchmark-min-rounds=1)
	$(if $(SMALL),,$(BIN)/python -m benchmarks.laws.peers)
	$(if $(SMALL),,$(BIN)/python -m benchmarks.laws.joint_peers)

nightly: setup ## Every domain's nightly preset, held against stored runs; exit 1 and a list if anything moved
	$(BIN)/python -m steepness nightly

baseline: setup ## Store runs for later nights on this class of machine; DOMAIN=name for one domain alone
	$(BIN)/python -m steepness nightly --make-baseline $(if $(DOMAIN),--domain $(DOMAIN))

site: setup ## A static site of all published studies in site/; NIGHTS=folder hangs nights on it
	$(BIN)/python -m steepness site results/published --out site $(if $(NIGHTS),--nights $(NIGHTS))

tables: setup ## Write the tables of the READMEs from the stored records
	$(BIN)/python -m steepness.site.tables

docs: setup ## Build the documentation into build/docs; a warning is an error
	PYTHONPATH=. $(BIN)/python -m mkdocs build --strict --quiet

shown: setup ## Write what the tutorial's commands print today, and docs/json.md
	$(BIN)/python -m tests.test_docs

lock: ## Resolve the dependencies anew: names and hashes, no addresses
	uv pip compile --quiet pyproject.toml --extra train --extra dev --extra docs --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --upgrade -o requirements.lock

clean: ## Remove .venv and what tools leave behind; results stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .benchmarks .hypothesis build *.egg-info
