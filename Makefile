# Two commands matter: `make demo` and `make test`. Both install what they need into .venv first.
# `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
# Nothing of the caller's Python reaches ours, and nothing is written outside the checkout.
RUN := env -u PYTHONPATH -u PYTHONHOME PYTHONNOUSERSITE=1

define ready
	@python=$$(sh tools/find_python.sh) && exec "$$python" tools/install.py $(1)
endef

.PHONY: help install demo test test-slow test-again soak coverage compare lint docs audit bench clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

install:  ## make .venv with Hummingbot and this plug-in
	$(call ready,runtime)
	@echo "Installed: .venv/bin/hummingbot-backpack --help"

demo:  ## a real Hummingbot bot makes a market on a local Backpack (DEMO=perp|spot|hedge, DEMO_SECONDS, DEMO_FLOW, DEMO_SPEED)
	$(call ready,runtime)
	@exec $(RUN) $(BIN)/hummingbot-backpack demo $(if $(DEMO),--kind $(DEMO))

test:  ## the tests, slow ones left out, two at a time (PYTEST_ARGS="…" for pytest)
	$(call ready,test)
	@exec $(RUN) $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

test-slow:  ## the tests that take minutes, two at a time: most of them wait for real seconds
	$(call ready,test)
	@exec $(RUN) $(BIN)/python -m pytest -m slow -n 2 --dist loadfile $(PYTEST_ARGS)

test-again:  ## the files in which the last run failed, one test at a time (PYTEST_ARGS="-m slow" after test-slow)
	$(call ready,test)
	@exec $(RUN) $(BIN)/python tools/failed_again.py $(PYTEST_ARGS)

soak:  ## both connectors on ten markets under faults for ten minutes (SOAK_SECONDS, SOAK_SEED)
	$(call ready,test)
	@exec $(RUN) $(BIN)/python -m test.soak

coverage:  ## how much of the two connectors their own tests run (paths: by name it would break Hummingbot's clock)
	$(call ready,test)
	@exec $(RUN) $(BIN)/python -m pytest test/hummingbot --cov=hummingbot/connector/exchange/backpack --cov=hummingbot/connector/derivative/backpack_perpetual --cov-fail-under=90 $(PYTEST_ARGS)

compare:  ## the bundled connectors and ours, side by side (COMPARE_ARGS="--markdown", "MD03 OR04", …)
	$(call ready,test)
	@exec $(RUN) $(BIN)/python -m test.compare $(COMPARE_ARGS)

lint:  ## ruff and mypy
	$(call ready,lint)
	@$(RUN) $(BIN)/ruff check . && $(RUN) $(BIN)/ruff format --check . && $(RUN) $(BIN)/mypy

docs:  ## write the pages of docs/ that are made from the code
	$(call ready,runtime)
	@exec $(RUN) $(BIN)/python tools/make_docs.py

audit:  ## known vulnerabilities of what is installed (exit code 3: the database cannot be reached)
	$(call ready,runtime)
	@exec $(RUN) $(BIN)/python tools/audit.py

bench:  ## the benchmarks; their table stands in benchmarks/README.md
	$(call ready,test)
	@exec $(RUN) $(BIN)/python -m benchmarks

clean:  ## remove what the commands above made (not your workspaces)
	rm -rf .venv .venvs .build .demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
