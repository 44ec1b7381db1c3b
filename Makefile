# Everything a machine with Python 3.11+, make and apt needs. `make` alone says what there is.

.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
# The first Python on the path that is new enough; PYTHON=… names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)

PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check

# $(call debian,NAMES): install Debian packages where the user may, otherwise name them in one sentence and stop.
debian = \
	if [ "$$(id -u)" = 0 ]; then as="env"; \
	elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as="sudo env"; \
	else as=""; fi; \
	if [ -z "$$as" ] || ! command -v apt-get >/dev/null 2>&1; then \
		echo "Missing on this system:" $(1) "- install with: sudo apt-get install -y" $(1) >&2; exit 1; \
	fi; \
	echo "Installing" $(1) "..."; \
	$$as apt-get update -qq && \
	$$as DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null

##@ Use
.PHONY: demo up
demo: $(VENV)/.installed $(VENV)/.libraries ## Run the whole product with two demo agencies; Ctrl-C stops it
	@exec $(VENV)/bin/recobro demo

up: $(VENV)/.installed $(VENV)/.libraries ## Run the whole product with your own data; Ctrl-C stops it
	@exec $(VENV)/bin/recobro up

##@ Develop
.PHONY: setup test fast benchmark fuzz check fix words migration lock clean help
setup: $(VENV)/.installed-dev $(VENV)/.libraries $(VENV)/.browsers ## Install everything that tests and checks need

test: setup ## Run every test
	@exec $(PY) -m pytest -n 2 --dist worksteal

fast: $(VENV)/.installed-dev ## Run the tests that need nothing but Python
	@exec $(PY) -m pytest tests/unit

benchmark: $(VENV)/.installed-dev ## Measure against the machine's own limits (NAME=intake ROWS=1000000)
	@exec $(PY) -m tests.benchmarks.$(or $(NAME),intake) --rows $(or $(ROWS),100000)

fuzz: $(VENV)/.installed-dev ## Fuzz every reader of files (SECONDS=300 in all, READER=text for one)
	@exec $(PY) -m tests.fuzz $(or $(SECONDS),300) $(READER)

check: $(VENV)/.installed-dev ## Lint, format, types, import contracts
	@$(VENV)/bin/ruff check --no-cache
	@$(VENV)/bin/ruff format --check --no-cache
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

fix: $(VENV)/.installed-dev ## Mend what the linter and formatter can
	@$(VENV)/bin/ruff check --fix
	@$(VENV)/bin/ruff format

words: $(VENV)/.installed-dev ## Collect the sentences of pages and code into the catalogues
	@$(PY) -m recobro.web.translations

migration: $(VENV)/.installed-dev ## Write the next step of the schema from the changed tables (NAME=add_reference)
	@test -n "$(NAME)" || { echo "Which name? make migration NAME=add_reference" >&2; exit 1; }
	@$(PY) -m recobro.cli.migration "$(NAME)"
	@$(VENV)/bin/ruff format --quiet platform/recobro/migrations/versions

UV_COMPILE = uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: ## Resolve the dependencies again (needs uv; UPGRADE=1 takes newer versions)
	@command -v uv >/dev/null 2>&1 || { echo "uv is needed for this: pip install uv" >&2; exit 1; }
	@$(UV_COMPILE) --extra build -o requirements.lock
	@$(UV_COMPILE) --extra build --extra dev -o requirements-dev.lock

clean: ## Remove the environment and the caches; data stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Say what there is
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# What is installed is remembered by stamps, so that a later start installs nothing.

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; PYTHON=/path/to/python names one." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		name=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); $(call debian,$$name); }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(PY)
	@echo "Installing the Python packages (a minute or two, only once) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(PY)
	@echo "Installing the Python packages for tests (a minute or two, only once) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $(VENV)/.installed $@

# WeasyPrint makes the PDFs with Pango, which no Python package brings.
$(VENV)/.libraries: | $(PY)
	@missing=$$($(PY) -c 'from ctypes.util import find_library as has; print(*(p for n, p in \
		{"pango-1.0": "libpango-1.0-0", "pangoft2-1.0": "libpangoft2-1.0-0", "harfbuzz-subset": "libharfbuzz-subset0"}.items() \
		if not has(n)))'); if [ -n "$$missing" ]; then $(call debian,$$missing); fi
	@touch $@

# Tests look at pages with Chromium and at PDFs with poppler.
$(VENV)/.browsers: | $(PY)
	@missing=""; \
	command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || \
		command -v google-chrome >/dev/null 2>&1 || missing="chromium"; \
	command -v pdftotext >/dev/null 2>&1 || missing="$$missing poppler-utils"; \
	if [ -n "$$missing" ]; then $(call debian,$$missing); fi
	@touch $@
