# The commands of this project; `make` alone lists them. The logic is in tools/.

PYTHON ?= python3
# The local ECI API's; without one it stays where it is, or starts at 8642 if that is free.
ECI_PORT ?=
EXAMPLE ?= quickstart
PYTEST_WORKERS ?= 2
# Fewer passing engine tests than this is a failed `make test`: raise it as tests are added.
ENGINE_TESTS ?= 200
POLICY_TESTS ?= 519
# Of programs that are not Python: hosts that `make engine` adds to an engine that is built here.
LANGUAGES ?=
# Of a release, for `make dist`: it has to be that of the version in pyproject.toml.
TAG ?=
# What a laptop need not have: CI runs browser, registry, sdks and chaos too, only an account can run live.
MARKS ?= not live and not archive and not browser and not sdks and not chaos$(if $(LANGUAGES),, and not languages)$(if $(shell command -v docker-registry),, and not registry)
# 1 installs what locks/ names, and nothing else, as CI does; lowest, the oldest versions that are asked for.
LOCKED ?=

# Tests start Python a thousand times: it should find its modules compiled.
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
# What is installed beside locks/dev.txt; the site needs Python 3.11.
BESIDE := --universal --python-version 3.11 --constraint locks/dev.txt
LOWEST := --resolution lowest-direct --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help locks bench docs dist chaos mutants picture plugin policies schema up shell down pulumi engine test lint types unit clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: .venv/.stamp ## run an example on a local ECI API (EXAMPLE=quickstart ECI_PORT=8642)
	@$(LOCAL) up

shell: .venv/.stamp ## open a shell for the steps of an example's README (EXAMPLE=quickstart)
	@$(LOCAL) shell

# With no stack there is nothing that needs the virtual environment.
down: $(if $(wildcard .local/state),.venv/.stamp) ## destroy what the examples made and stop the local ECI API
	@$(if $(wildcard .local/state),$(BIN)/python,$(PYTHON)) -m tools.local down

pulumi: .venv/.stamp ## run Pulumi on an example's stack, as in: make pulumi ARGS="preview --diff"
	@$(LOCAL) pulumi $(ARGS)

# With -C, or from within another make, say -s too: make's own last line would follow otherwise.
engine: .venv/.stamp ## get a Pulumi engine; print a line for PATH and its folder (LANGUAGES="yaml nodejs")
	@$(BIN)/python -m tools.engine --export --languages "$(LANGUAGES)"

test: lint types ## run all tests but those that CI adds (browser, Node, Go, kills)
	@mkdir -p $(dir $(REPORT)) && rm -f $(REPORT)
	@engine=$$($(BIN)/python -m tools.engine --languages "$(LANGUAGES)") && \
	ECI_TEST_ENGINE="$$engine" $(BIN)/pytest -q -n $(PYTEST_WORKERS) --dist load --maxschedchunk 1 -m "$(MARKS)" --junitxml=$(REPORT) tests
	@$(BIN)/python -m tools.check_report $(REPORT) --at-least tests.engine=$(ENGINE_TESTS) \
	  --at-least tests.policies=$(POLICY_TESTS)

bench: .venv/.bench .local/moto/.stamp ## run all benchmarks; writes bench/results.json, results.md and plots (a quarter of an hour)
	@$(BIN)/python -m bench report --moto-python .local/moto/bin/python
	@cat bench/results.md

.venv/.bench: .venv/.stamp
	@$(PIP) --group bench
	@touch $@

# Beside the virtual environment of the project, which should not have what it is measured against.
.local/moto/.stamp:
	@$(PYTHON) -m venv --clear .local/moto
	@.local/moto/bin/python -m pip install --quiet --disable-pip-version-check 'moto[server]>=5.1,<6'
	@touch $@

docs: .venv/.release ## build the documentation site into .local/site; a warning is an error
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --jobs 2 --doctree-dir .local/doctrees docs .local/site
	@echo .local/site/index.html

dist: .venv/.release ## build sdist and wheel, check them, run the quickstart from the wheel (TAG=v1.2.3)
	@engine=$$($(BIN)/python -m tools.engine) && $(BIN)/python -m tools.dist --engine "$$engine" --tag "$(TAG)"

.venv/.release: .venv/.stamp
	@$(if $(LOCKED),$(PIP) --require-hashes --requirement locks/build.txt && $(PIP) --require-hashes --requirement locks/release.txt,$(PIP) --group build --group release)
	@touch $@

picture: .venv/.stamp ## draw docs/run.svg, the picture of the README, from a real run
	@$(BIN)/python -m tools.picture

unit: .venv/.stamp ## run the tests that need no Pulumi engine
	@$(BIN)/pytest -q -n $(PYTEST_WORKERS) --dist load --maxschedchunk 1 -m "$(MARKS) and not engine" tests

chaos: .venv/.stamp ## kill the engine at every call, and show what each kill left and how it ended (minutes)
	@PYTEST_WORKERS=$(PYTEST_WORKERS) $(BIN)/python -m tests.chaos

mutants: .venv/.stamp ## mutate the pure modules, and show what no test notices (some minutes)
	@$(BIN)/python -m tools.mutation

policies: .venv/.stamp ## write the tables of policies/README.md anew
	@$(BIN)/python -m tools.policy_table

plugin: .venv/.stamp ## build the plugin's archive into dist/plugin, which needs no Python (a few minutes)
	@$(BIN)/python -m tools.plugin

schema: .venv/.stamp ## write the plugin's schema anew, and the pages that Pulumi's Registry takes
	@$(BIN)/python -m tools.schema
	@$(BIN)/python -m tools.registry_pages

lint: .venv/.stamp ## check style and the import contract
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

types: .venv/.stamp ## check types
	@$(BIN)/mypy

clean: ## stop the local ECI API and remove all that these commands made in this folder
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

# Everything by version and hash, the build backends included: they come first, and no other is fetched.
locks: .local/uv/.stamp ## lock what CI installs (LOCKED=1) to today's versions, and the oldest ones (LOCKED=lowest)
	@.local/uv/bin/uv $(COMPILE) $(EVERYWHERE) --group build --output-file locks/build.txt
	@.local/uv/bin/uv $(COMPILE) $(EVERYWHERE) --group dev --extra emulator pyproject.toml --output-file locks/dev.txt
	@.local/uv/bin/uv $(COMPILE) $(LOWEST) --group dev --extra emulator pyproject.toml --output-file locks/lowest.txt
	@.local/uv/bin/uv $(COMPILE) $(BESIDE) --group release --output-file locks/release.txt

.local/uv/.stamp:
	@$(PYTHON) -m venv --clear .local/uv
	@.local/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@touch $@
