# make run     everything on this machine, then an address to open     KAFKA=host:port REDIS=url DATABASE=url PORT=n DATA=folder DEMO=0 RATE=n PIPELINES=0
# make test    lint, then every test, on real servers
# make test-all what make test leaves out: twenty kills of each pipeline, the same answers from Flink, three more search servers
# make flink   PyFlink and its connector into flink/.venv, 844 MB, for two queries in Flink SQL
# make lint    what the machine can judge without running anything
# make bench   the numbers of the README
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-all flink lint bench chromium postgres
# One file at a time in .venv; pip is no fast learner.
.NOTPARALLEL:

PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BASE := .venv/base-$(shell sha256sum < requirements/base.txt | cut -c1-12)
STREAMS := streams/.venv/made-$(shell sha256sum < streams/requirements.txt | cut -c1-12)
FLINK := flink/.venv/made-$(shell sha256sum < flink/requirements.txt | cut -c1-12)
TEST := .venv/test-$(shell cat requirements/base.txt requirements/test.txt | sha256sum | cut -c1-12)
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
INSTALL = command -v apt-get >/dev/null || exit 0; \
  sudo=; [ "$$(id -u)" = 0 ] || { sudo -n true 2>/dev/null || exit 0; sudo='sudo -n'; }; \
  echo '$(1)  installing with apt-get, for the tests'; \
  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $(1) >/dev/null
REFUSED := { echo "highwater: a Python package could not be downloaded, see above. Check the network or proxy (PIP_INDEX_URL, HTTPS_PROXY) and try again." >&2; exit 1; }

# Held against the consumers' own clocks: nothing else may take the processor away from them.
TIMED := tests/faults/test_drama.py tests/lab/consumers/test_experiments.py

# Only what was said to make counts: a PORT or DATA that happens to be in the shell means something else.
said = $(filter command,$(firstword $(origin $(1))))
ifneq ($(call said,KAFKA),)
export HIGHWATER_KAFKA := $(KAFKA)
endif
ifneq ($(call said,REDIS),)
export HIGHWATER_REDIS_URL := $(REDIS)
endif
ifneq ($(call said,DATABASE),)
export HIGHWATER_DATABASE_URL := $(DATABASE)
endif
ifneq ($(call said,DATA),)
export HIGHWATER_DATA := $(DATA)
endif
# make would pass them on, with the passwords in them, under its own names too.
unexport KAFKA REDIS DATABASE DATA
MAKEOVERRIDES :=

help:
	@sed -n 's/^# make/make/p' Makefile

run: $(BASE) $(if $(filter 0,$(if $(call said,DEMO),$(DEMO)) $(if $(call said,PIPELINES),$(PIPELINES))),,$(STREAMS))
	@exec .venv/bin/python manage.py up $(if $(call said,PORT),--port '$(PORT)') $(if $(call said,DEMO),--demo '$(DEMO)') $(if $(call said,RATE),--rate '$(RATE)') $(if $(call said,PIPELINES),--pipelines '$(PIPELINES)')

test: lint $(STREAMS) chromium $(if $(filter true 1,$(CI)),postgres)
	@.venv/bin/python -m pytest -q -n 3 $(TIMED:%=--ignore=%)
	@.venv/bin/python -m pytest -q $(TIMED)

test-all: test flink
	@.venv/bin/python -m pytest -q -m all

lint: $(TEST)
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@.venv/bin/djlint templates --quiet --lint
	@export HIGHWATER_DATA=$$(mktemp -d) HIGHWATER_ORIGINS=https://highwater.example; trap 'rm -rf "$$HIGHWATER_DATA"' EXIT; \
	  .venv/bin/mypy; \
	  .venv/bin/python manage.py check --deploy --fail-level WARNING

bench: $(TEST)
	@for file in $$(grep -l __main__ benchmarks/*.py | grep -v fixture); do name=$${file#benchmarks/}; echo "$$name"; .venv/bin/python -m "benchmarks.$${name%.py}"; done

# Only the tests need a browser and PostgreSQL. Without the right to install them they skip, and with CI=true they fail.
# On a laptop PostgreSQL is not installed for a test: Debian starts it as a service.
# The shell is the same browser at half the CPU, and not everybody's apt-get has it: then any of them will do.
chromium:
	@command -v chromium-headless-shell >/dev/null || ($(call INSTALL,chromium-headless-shell) 2>/dev/null) || true
	@command -v chromium-headless-shell chromium chromium-browser google-chrome >/dev/null || { $(call INSTALL,chromium); }

postgres:
	@[ -n "$$(command -v pg_ctl; ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ] || { $(call INSTALL,postgresql); }

.venv/bin/python:
	@test -n '$(PYTHON)' || { echo 'highwater: Python 3.11 or newer is needed and was not found on the path.' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv >/dev/null || { rm -rf .venv; echo 'highwater: $(PYTHON) -m venv does not work here. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }

$(BASE): | .venv/bin/python
	@echo 'python    installing packages into .venv, about 20 s'
	@$(PIP) -r requirements/base.txt || $(REFUSED)
	@rm -f .venv/base-*; touch $@

# The stream programs' engine wants other versions than the console: an environment of its own.
$(STREAMS): | .venv/bin/python
	@echo 'python    installing the stream engine into streams/.venv'
	@$(PYTHON) -m venv --clear streams/.venv >/dev/null
	@streams/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r streams/requirements.txt || $(REFUSED)
	@touch $@

flink: $(FLINK) $(BASE)
	@.venv/bin/python -m flink.jar

$(FLINK): | .venv/bin/python
	@echo 'python    installing PyFlink into flink/.venv, some minutes'
	@$(PYTHON) -m venv --clear flink/.venv >/dev/null
	@flink/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r flink/requirements.txt || $(REFUSED)
	@touch $@

$(TEST): $(BASE)
	@echo 'python    installing packages for the tests into .venv'
	@$(PIP) -r requirements/test.txt || $(REFUSED)
	@rm -f .venv/test-*; touch $@
