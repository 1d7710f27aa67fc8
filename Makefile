# The project's commands; `make help` lists them. Everything is set up on first use and only again when its inputs change.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
NLU_PYTHON := nlu/.venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export HF_HUB_DISABLE_TELEMETRY := 1
export PYTHONDONTWRITEBYTECODE :=

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup model ## set up, train what changed, fill the demo community and serve on 127.0.0.1:8080
	@exec $(BIN)/gridbot serve --demo

setup: .venv/.ready nlu/.venv/.ready ## install both environments

model: .venv/.ready nlu/.venv/.ready ## train the understanding model if anything it is made of changed
	@$(NLU_PYTHON) -m nlu.train

train: setup ## train the understanding model and the sentence encoder again
	$(NLU_PYTHON) -m nlu.train --force
	$(MAKE) train-encoder

train-encoder: setup ## train the sentence encoder again (needs the training data, see docs/training.md)
	$(BIN)/python -m retrieval.train_encoder && $(BIN)/python -m retrieval.calibrate
	$(BIN)/python -m retrieval.train_encoder --split fitting --out .cache/fitting-encoder
	$(BIN)/python -m retrieval.calibrate_new --encoder .cache/fitting-encoder

test: .venv/.dev model .cache/chromium ## set up and pass all the tests
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered

test-conversations: .venv/.dev model ## all scripted conversations and 2,000 random walks
	GRIDBOT_WALKS=2000 $(BIN)/python -m pytest tests/conversations

check: .venv/.dev ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/.dev model ## the benchmarks, as a table and as JSON in bench/results/ (ARGS=--quick: without what takes minutes)
	$(BIN)/python -m bench.run $(ARGS)

lock: .venv/.ready ## pin the newest versions that fit
	scripts/lock.sh

clean: ## remove environments, models and caches, but never var/ (people's tickets)
	rm -rf .venv nlu/.venv .cache build *.egg-info

.venv/.ready: requirements/app.txt pyproject.toml scripts/install.sh
	@scripts/install.sh app $(PYTHON)
	@touch $@

.venv/.dev: .venv/.ready requirements/dev.txt
	@scripts/install.sh dev
	@touch $@

nlu/.venv/.ready: .venv/.ready requirements/nlu.txt nlu/.python-version
	@scripts/install.sh nlu
	@touch $@

.cache/chromium: scripts/chromium.sh
	@scripts/chromium.sh
	@mkdir -p .cache && touch $@

.PHONY: help run setup model train train-encoder test test-conversations check bench lock clean
