# make serve: install, build the demo graph, serve it.   make test: install, lint, types, all tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := $(shell find server/frontend -type f)
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= logical
export POLICYTRACE_HOME ?= $(CURDIR)/build/home

.PHONY: serve build bundles texts test lint types wheel clean

serve: $(VENV)/serve.stamp
	@$(MAKE) --silent bundles 2>/dev/null || true
	@$(BIN)/policytrace build
	@$(BIN)/policytrace serve --host $(HOST) --port $(PORT)

build: $(VENV)/serve.stamp
	@$(BIN)/policytrace build

bundles: build/bundles/manifest.json

test: lint types
	@$(MAKE) --silent bundles || true
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

texts: $(VENV)/test.stamp
	@$(BIN)/python -m policytrace.server.language.make

wheel: $(VENV)/test.stamp bundles texts
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir build/wheel .

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
