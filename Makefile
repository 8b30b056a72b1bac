# make demo   train the lending example's model, audit it, say where the report is
# make test   run the tests
# make check  formatting, lint, types, layers, then the tests (make coverage: with coverage)
# make docs   write docs/reference/ from the code
# make words  write reports/templates/messages.pot, every sentence of the report for translators
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

.PHONY: demo test check coverage docs format lint types layers clean words

$(BIN)/dlaudit: pyproject.toml constraints.txt
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet -c constraints.txt -e '.[examples]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt $(BIN)/dlaudit
	$(PIP) install --quiet -c constraints.txt -e '.[examples,examples-media,image,text,audio,test]'
	$(PIP) install --quiet --no-deps Resemblyzer==0.1.4  # weights of a speaker encoder; what it requires is not needed
	@touch $@

demo: $(BIN)/dlaudit
	$(BIN)/dlaudit demo --dir examples/lending --out dlaudit-report

test: $(VENV)/.test
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: format lint types layers test

coverage: $(VENV)/.test
	$(BIN)/python -m pytest -q -n 2 --dist worksteal --cov --cov-report=term:skip-covered

format: $(VENV)/.test
	$(BIN)/ruff format --check .

lint: $(VENV)/.test
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/mypy

layers: $(VENV)/.test
	$(BIN)/lint-imports --no-cache

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov

docs: $(VENV)/.test
	$(BIN)/python docs/generate.py

words: $(VENV)/.test
	$(BIN)/pybabel -q extract -F pyproject.toml -k NN_:1,2 -c Translators: --add-location=file --sort-by-file --width=120 \
	  --project=dlaudit --version=- --copyright-holder=dlaudit --msgid-bugs-address=- -o reports/templates/messages.pot .
	@sed -i.bak "/^#, python-format$$/d; s/, python-format$$//" reports/templates/messages.pot && rm reports/templates/messages.pot.bak  # 95 % is no slot
