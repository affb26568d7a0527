# What a newcomer types. Everything else is `carnet --help`.
# ARGS is passed on: make test ARGS="tests/rights -x", make run ARGS="--json demo.json".

PYTHON_OF_VENV := .venv/bin/python
COMPILE := $(PYTHON_OF_VENV) -m uv pip compile --quiet pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

# Python keeps what it compiled even where the machine forbids it: each of our programs starts twice as fast.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test test-full check bench faults lock

help:
	@echo "make run        start the whole platform here, with invented patients (Ctrl-C stops it)"
	@echo "make test       pass the tests (test-full: also the longest ones)"
	@echo "make check      check style and types"
	@echo "make bench      measure decisions, deposits, finds and retrieves"
	@echo "make faults     break everything for ten minutes under deposits and reads (ARGS=\"--minutes 30\": longer)"
	@echo "make lock       pin the packages again (UPGRADE=1: to their newest versions)"

run:
	@tools/environment run
	@exec $(PYTHON_OF_VENV) -m carnet.roles.cli demo $(ARGS)

test:
	@tools/environment dev
	@tools/chromium
	$(PYTHON_OF_VENV) -m pytest -n 3 --dist loadfile -m "not slow" $(ARGS)

test-full:
	@tools/environment dev
	@tools/chromium
	$(PYTHON_OF_VENV) -m pytest -n 3 --dist loadfile $(ARGS)

check:
	@tools/environment dev
	$(PYTHON_OF_VENV) -m ruff check
	$(PYTHON_OF_VENV) -m mypy

bench:
	@tools/environment dev
	$(PYTHON_OF_VENV) -m bench $(ARGS)
	$(PYTHON_OF_VENV) -m bench.ledger

faults:
	@tools/environment dev
	$(PYTHON_OF_VENV) -m tests.faults.run $(ARGS)

lock:
	@tools/environment dev
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock -o requirements-dev.lock
