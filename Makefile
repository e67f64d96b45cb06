# make run: try Khatm. make test: what CI runs. Both install what they need (Debian or Ubuntu, Python 3.11 or newer).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON := .venv/bin/python
# Arguments for the demo, the tests and the lock: make run DEMO="--no-serve", make test PYTEST="-k wire", make lock LOCK=--upgrade
DEMO ?=
PYTEST ?= -n 2 --dist worksteal
# What a newer Python is tried on in CI: the rooms that the others stand on. NEWEST=tests is everything.
NEWEST ?= $(addprefix tests/,seal published transparency keys accounts acts storage web governorate)
LOCK ?=
# Arguments for the week: make week WEEK="--days 2 --seed 7"
WEEK ?=

# Whatever the shell says, what Python compiled is kept: a run has many Pythons, and would compile the whole house in each.
export PYTHONDONTWRITEBYTECODE =

title = @printf '\n== %s\n' "$(1)"

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: ## a small governorate to try everything in, on 127.0.0.1:8000
	@.ci/system-packages
	@.ci/environment .venv run
	@.ci/app
	.venv/bin/khatm demo $(DEMO)

.PHONY: test
test: environment check vectors tests ## everything CI checks

.PHONY: check
check: lint types imports ## the quick half: ruff, mypy, import rules

.PHONY: environment
environment: ## the system packages and virtual environments that the tests need
	$(call title,environment)
	@.ci/system-packages test
	@.ci/environment .venv dev
	@.ci/environment .venv-oracle oracle
	@.ci/environment .venv-swift swift
	@.ci/app
	@.ci/node-packages tests/office/messages
	@.ci/node-packages tests/accounts/provider

.PHONY: lint
lint: venv
	$(call title,lint: ruff)
	$(PYTHON) -m ruff check .

.PHONY: types
types: venv
	$(call title,types: mypy)
	$(PYTHON) -m mypy

.PHONY: imports
imports: venv
	$(call title,import rules: lint-imports)
	.venv/bin/lint-imports

.PHONY: vectors
vectors: venv
	$(call title,vectors: the files are what the generator makes)
	$(PYTHON) -m tests.vectors.generate --check

# Under make nothing is skipped for want of a database, a browser or the oracle: it fails.
.PHONY: tests
tests: venv app
	$(call title,tests: pytest)
	KHATM_TEST_STRICT=1 KHATM_ORACLE_PYTHON="$(CURDIR)/.venv-oracle/bin/python" $(PYTHON) -m pytest --again 3 $(PYTEST)

.PHONY: test-newest
test-newest: environment ## the rooms that all others stand on, with the newest Python here; all of them: NEWEST=tests
	$(call title,newest Python: pytest)
	.ci/newest-python --again 3 $(PYTEST) $(NEWEST)

.PHONY: test-long
test-long: environment ## what is exhaustive, and too long for every change
	$(call title,long tests: pytest)
	KHATM_TEST_WHOLE=1 KHATM_TEST_STRICT=1 KHATM_ORACLE_PYTHON="$(CURDIR)/.venv-oracle/bin/python" $(PYTHON) -m pytest $(PYTEST) -m "long or invented"

.PHONY: week
week: environment ## a week of a governorate in about an hour: every timer, faults, an audit at the end; WEEK="--days 1 --kind sqlite"
	$(call title,a week)
	$(PYTHON) -m tests.week $(WEEK)

.PHONY: bench
bench: venv app ## measurements against peers, written to bench/results.md
	@.ci/environment .venv-oracle oracle
	KHATM_ORACLE_PYTHON="$(CURDIR)/.venv-oracle/bin/python" $(PYTHON) -m bench

.PHONY: app
app: ## build the phone app into inspector_app/pwa/dist
	@.ci/app

.PHONY: wheel
wheel: venv app ## a wheel with everything in it, the built phone app too, in dist/; the same of the same commit
	deploy/wheel

.PHONY: sbom
sbom: wheel ## the wheel's bill of materials (CycloneDX), in dist/
	$(PYTHON) -m deploy.release sbom

.PHONY: sums
sums: venv ## SHA256SUMS of the version's files in dist/; again after `make image`
	$(PYTHON) -m deploy.release sums

.PHONY: release-ready
release-ready: venv
	$(PYTHON) -m deploy.release check

.PHONY: release
release: release-ready sbom deb sums ## wheel, bill of materials, package and checksums of a version (docs/how-to/release.md)

.PHONY: deb
deb: venv app ## the Debian package, in dist/ (docs/how-to/install.md)
	deploy/debian-package

.PHONY: image
image: ## the container image, in dist/, from the package (docs/how-to/containers.md; needs buildah)
	deploy/container-image

.PHONY: lock
lock: ## renew requirements/*.txt (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv, and there is none on the PATH" >&2; exit 1; }
	sh requirements/compile.sh $(LOCK)

.PHONY: clean
clean: ## remove environments and caches; var/ stays, it may hold a register
	rm -rf .debian-13 .venv .venv-oracle .venv-swift .venv-node build dist inspector_app/pwa/dist inspector_app/pwa/node_modules tests/office/messages/node_modules tests/accounts/provider/node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Quick when nothing changed: the folder holds a marker of what was installed.
.PHONY: venv
venv:
	@.ci/environment .venv dev
