# make serve: install, build the demo graph, serve it.   make test: install, lint, types, all tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
export POLICYTRACE_HOME ?= $(CURDIR)/build/home

.PHONY: serve build test lint types wheel clean

serve: $(VENV)/serve.stamp
	@$(BIN)/policytrace build
	@$(BIN)/policytrace serve --host $(HOST) --port $(PORT)

build: $(VENV)/serve.stamp
	@$(BIN)/policytrace build

test: lint types
	$(BIN)/pytest

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

wheel: $(VENV)/test.stamp
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

clean:
	rm -rf build dist $(VENV)
