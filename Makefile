# make run    the site with worker and scheduler, demonstration content and sign-ins
# make test   everything the tests need is installed, and the whole suite runs on both shapes
# make check  lint, format of code and templates, types, import contracts, migrations
# make quick  the everyday tests, on SQLite, without browser and slow promises
# make promises  the slow promises at their full figures

PYTHON ?= python3
BIN := .venv/bin
export PYTHON

.PHONY: run test check quick promises lock clean

run: .venv/.run
	@$(BIN)/python manage.py serve --demo

test: .venv/.test check
	@$(BIN)/python -m tests.run

check: .venv/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djhtml --check --tabwidth 2 templates
	@$(BIN)/mypy .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python manage.py makemigrations --check --dry-run

quick: .venv/.test
	@$(BIN)/pytest -q -n 2 -m "not slow and not browser and not bench"

promises: .venv/.test
	@PROMISES=full $(BIN)/python -m tests.run --promises

lock: .venv/.test
	@$(BIN)/uv pip compile -q pyproject.toml --extra audit --generate-hashes --no-emit-index-url \
	    --universal --python-version 3.11 --no-header -o requirements.txt
	@$(BIN)/uv pip compile -q pyproject.toml --extra audit --group dev --generate-hashes \
	    --no-emit-index-url --universal --python-version 3.11 --no-header -o requirements-dev.txt

clean:
	rm -rf .venv var

.venv/.run: requirements.txt .ci/packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed; name it with PYTHON=python3.11." >&2; exit 1; }
	@sh .ci/packages run
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Python packages from the lock file …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.test: requirements-dev.txt .venv/.run .ci/packages
	@sh .ci/packages test
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
