# Every target sets up what it needs: Python >= 3.11, make and access to a package index are enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := config connectors worker tests benchmarks
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The processes that tests start would compile everything anew, each of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test mutants check lint catalogue bench lock clean

demo: $(VENV)/.app ## the main job on a real retailer's year
	$(BIN)/vigie demo demo

test: $(VENV)/.dev ## every test, on SQLite and PostgreSQL
	$(BIN)/pytest -n 3 --dist worksteal

mutants: $(VENV)/.dev ## 150 small changes of the code, each in a copy: which ones would no test notice?
	$(BIN)/python tests/support/mutants.py

check: lint test ## all that continuous integration asks: style, types, layers, tests

lint: $(VENV)/.dev
	$(BIN)/ruff check -q $(SOURCES)
	$(BIN)/ruff format -q --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

catalogue: $(VENV)/.dev ## bring the translations up to date: new texts come in, to be translated, those that are gone go out
	$(BIN)/python tests/support/texts_found.py

bench: $(VENV)/.bench ## speed and forecasts, each figure beside a named peer measured in the same run
	-$(MAKE) $(VENV)/peers/.ready
	for file in benchmarks/bench_*.py benchmarks/forecast.py; do $(BIN)/python $$file; done

lock: $(VENV)/.dev ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o requirements/app.txt --extra channels --extra demo pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o requirements/dev.txt --extra channels --extra demo --group test --group check pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o requirements/bench.txt --constraint requirements/dev.txt --group bench pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" -o requirements/peers.txt --group pyproject.toml:peers

$(VENV)/.app: requirements/app.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Vigie needs Python 3.11 or newer; make PYTHON=python3.x ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -r requirements/app.txt
	$(BIN)/python -m pip install -q --no-deps -e .
	touch $@

$(VENV)/.dev: $(VENV)/.app requirements/dev.txt
	$(BIN)/python -m pip install -q -r requirements/dev.txt
	touch $@

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	$(BIN)/python -m pip install -q -r requirements/bench.txt
	touch $@

$(VENV)/peers/.ready: requirements/peers.txt
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install -q -r requirements/peers.txt
	touch $@

clean:
	rm -rf $(VENV) demo dist build *.egg-info
