# make serve: install, build the demo graph, serve it.   make test: install, lint, types, all tests.
# make quick: the tests of an edit loop, in less than a minute.   make thorough: all tests, long proofs as a whole.
# make lock: the newest versions of what is needed, as requirements.lock; make test before they are handed on.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := $(shell find server/frontend -type f)
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= logical
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
export POLICYTRACE_HOME ?= $(CURDIR)/build/home

.PHONY: serve build bundles texts test quick thorough pytest lint types wheel lock clean

serve: $(VENV)/serve.stamp
	@$(MAKE) --silent bundles 2>/dev/null || true
	@$(BIN)/policytrace build
	@$(BIN)/policytrace serve --host $(HOST) --port $(PORT)

build: $(VENV)/serve.stamp
	@$(BIN)/policytrace build

bundles: build/bundles/manifest.json

test: lint
	@$(MAKE) --silent bundles || true
	@$(MAKE) --no-print-directory --jobs=2 types pytest

quick: $(VENV)/test.stamp
	$(PYTEST) -m "not (browser or server or suite or slow)"

thorough: export POLICYTRACE_THOROUGH = 1
thorough: test

pytest: $(VENV)/test.stamp
	$(PYTEST)

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

texts: $(VENV)/test.stamp
	@$(BIN)/python -m policytrace.server.language.make

wheel: $(VENV)/test.stamp bundles texts
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir build/wheel .

lock:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/pip install --quiet '.[remote,notebook]'
	build/lock/bin/pip freeze --exclude policytrace >build/lock/versions
	@{ grep '^#' requirements.lock; cat build/lock/versions; } >build/lock/file && mv build/lock/file requirements.lock

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/serve.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	$(BIN)/python -m policytrace.graph.paths.warm
	@touch $@

$(VENV)/test.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable '.[dev]'
	$(BIN)/python -m policytrace.graph.paths.warm
	@touch $@ $(VENV)/serve.stamp

build/bundles/manifest.json: $(FRONTEND) | $(VENV)/serve.stamp
	@mkdir -p build && server/frontend/bundle.sh >build/bundles.log 2>&1 || \
		{ echo "The query editor is not built (build/bundles.log says why); pages work without it."; false; }

clean:
	rm -rf build dist $(VENV)
