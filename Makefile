# The commands of this project. `make` lists them. The logic is in tools/.

PYTHON ?= python3
# Port of the local ECI API. By default a running API keeps its port; a new API starts on 8642, or on a free port.
ECI_PORT ?=
EXAMPLE ?= quickstart
# Most tests wait, so four workers share two cores.
PYTEST_WORKERS ?= 4
# `make test` fails if fewer engine or policy tests pass. Raise these numbers as tests are added.
ENGINE_TESTS ?= 200
POLICY_TESTS ?= 519
# Language hosts that `make engine` adds to an engine that is built here, for programs in other languages.
LANGUAGES ?=
# Tag of a release, for `make dist`. It must match the version in pyproject.toml.
TAG ?=
# Leaves out tests that take minutes or need programs which a laptop may lack. CI runs all tests except `live`, which needs an account.
MARKS ?= not live and not archive and not browser and not sdks and not chaos and not soak$(if $(LANGUAGES),, and not languages)$(if $(shell command -v docker-registry),, and not registry)
# 1: install the versions in locks/, as CI does. lowest: install the oldest allowed versions.
LOCKED ?=

# Tests start Python a thousand times, so Python must be able to cache compiled modules.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
LOCAL = $(BIN)/python -m tools.local $(if $(ECI_PORT),--port $(ECI_PORT)) --example $(EXAMPLE)
REPORT := .local/test-report.xml

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL := $(PIP)
INSTALL_LOCKED = $(PIP) --require-hashes --requirement locks/build.txt && \
  $(PIP) --require-hashes --no-build-isolation --requirement locks/$(if $(filter lowest,$(LOCKED)),lowest,dev).txt && \
  $(PIP) --no-build-isolation

COMPILE := pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-annotate --no-header
EVERYWHERE := --universal --python-version 3.10
# Packages that are installed in addition to locks/dev.txt. The site needs Python 3.11.
BESIDE := --universal --python-version 3.11 --constraint locks/dev.txt
LOWEST := --resolution lowest-direct --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help locks bench docs dist chaos mutants picture plugin policies schema up shell down pulumi engine test lint types unit clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: .venv/.stamp ## run an example on a local ECI API (EXAMPLE=fleet ECI_PORT=8643)
	@$(LOCAL) up

shell: .venv/.stamp ## open a shell for the steps of an example (EXAMPLE=fleet)
	@$(LOCAL) shell

# Without a stack, `make down` needs no virtual environment.
down: $(if $(wildcard .local/state),.venv/.stamp) ## destroy the examples' stacks and stop the local ECI API
	@$(if $(wildcard .local/state),$(BIN)/python,$(PYTHON)) -m tools.local down

pulumi: .venv/.stamp ## run Pulumi on an example's stack (ARGS="preview --diff")
	@$(LOCAL) pulumi $(ARGS)

# With -C, or from another make, also use -s. Otherwise make prints a line of its own at the end.
engine: .venv/.stamp ## get a Pulumi engine, print its folder (LANGUAGES="yaml nodejs")
	@$(BIN)/python -m tools.engine --export --languages "$(LANGUAGES)"

test: lint types ## run lint, types and all tests except those for CI only
	@mkdir -p $(dir $(REPORT)) && rm -f $(REPORT)
	@engine=$$($(BIN)/python -m tools.engine --languages "$(LANGUAGES)") && \
	ECI_TEST_ENGINE="$$engine" $(BIN)/pytest -q -n $(PYTEST_WORKERS) --dist load --maxschedchunk 1 -m "$(MARKS)" --junitxml=$(REPORT) tests
	@$(BIN)/python -m tools.check_report $(REPORT) --at-least tests.engine=$(ENGINE_TESTS) \
	  --at-least tests.policies=$(POLICY_TESTS)

bench: .venv/.bench .local/moto/.stamp ## run all benchmarks, write bench/results.* and plots (15 minutes)
	@$(BIN)/python -m bench report --moto-python .local/moto/bin/python
	@cat bench/results.md

.venv/.bench: .venv/.stamp
	@$(PIP) --group bench
	@touch $@

# moto has its own virtual environment, so that the project's environment does not contain it.
.local/moto/.stamp:
	@$(PYTHON) -m venv --clear .local/moto
	@.local/moto/bin/python -m pip install --quiet --disable-pip-version-check 'moto[server]>=5.1,<6'
	@touch $@

docs: .venv/.release ## build the documentation site in .local/site
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --jobs 2 --doctree-dir .local/doctrees docs .local/site
	@echo .local/site/index.html

dist: .venv/.release ## build and try sdist, wheel and the plugin's archive (TAG=v1.2.3)
	@engine=$$($(BIN)/python -m tools.engine) && $(BIN)/python -m tools.dist --engine "$$engine" --tag "$(TAG)"

.venv/.release: .venv/.stamp
	@$(if $(LOCKED),$(PIP) --require-hashes --requirement locks/build.txt && $(PIP) --require-hashes --requirement locks/release.txt,$(PIP) --group build --group release)
	@touch $@

picture: .venv/.stamp ## draw the README's picture, docs/run.svg, from a real run
	@$(BIN)/python -m tools.picture

unit: .venv/.stamp ## run the tests that need no Pulumi engine
	@$(BIN)/pytest -q -n $(PYTEST_WORKERS) --dist load --maxschedchunk 8 -m "$(MARKS) and not engine" tests

chaos: .venv/.stamp ## kill the engine at every write call, print the results (minutes)
	@PYTEST_WORKERS=$(PYTEST_WORKERS) $(BIN)/python -m tests.chaos

mutants: .venv/.stamp ## mutate the pure modules, list mutants no test finds (minutes)
	@$(BIN)/python -m tools.mutation

policies: .venv/.stamp ## generate the tables of policies/README.md
	@$(BIN)/python -m tools.policy_table

plugin: .venv/.stamp ## build the plugin's archive in dist/plugin (minutes)
	@$(BIN)/python -m tools.plugin

schema: .venv/.stamp ## generate the plugin's schema and the pages for Pulumi's Registry
	@$(BIN)/python -m tools.schema
	@$(BIN)/python -m tools.registry_pages

lint: .venv/.stamp ## check style and the import contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: .venv/.stamp ## check types
	@$(BIN)/mypy

clean: ## stop the local ECI API and remove all generated files
	@$(PYTHON) -m tools.local stop
	rm -rf .venv .local dist docs/_generated Pulumi.local.yaml examples/*/Pulumi.local.yaml .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "Python 3.10 or newer is needed; set PYTHON, as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "making .venv (a minute or so; again only when pyproject.toml changes)"
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@$(PIP) 'pip>=25.1'
	@$(if $(LOCKED),$(INSTALL_LOCKED),$(INSTALL)) --editable '.[emulator]' $(if $(LOCKED),--no-deps,--group dev)
	@touch $@

# All packages have versions and hashes, including the build backends, which are installed first.
locks: .local/uv/.stamp ## update locks/: today's versions, and the oldest allowed versions
	@.local/uv/bin/uv $(COMPILE) $(EVERYWHERE) --group build --output-file locks/build.txt
	@.local/uv/bin/uv $(COMPILE) $(EVERYWHERE) --group dev --extra emulator pyproject.toml --output-file locks/dev.txt
	@.local/uv/bin/uv $(COMPILE) $(LOWEST) --group dev --extra emulator pyproject.toml --output-file locks/lowest.txt
	@.local/uv/bin/uv $(COMPILE) $(BESIDE) --group release --output-file locks/release.txt

.local/uv/.stamp:
	@$(PYTHON) -m venv --clear .local/uv
	@.local/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@touch $@
