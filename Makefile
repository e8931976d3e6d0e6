# Two commands matter: `make serve` and `make test`. Each does all of its own set-up.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
AXE    := tests/browser/node_modules/.package-lock.json
CLIENT := tests/conformance/node_modules/.package-lock.json
PAGES  := src/jwpgraph/web/frontend
RUNTIME := build/runtime/requirements.txt
TOOLS  := build/tools/.ready
ASSETS := src/jwpgraph/web/built/manifest.json

# How many processes run the tests; each has services, and the one or other browser, of its own. One more than there
# are processors, as tests wait for services and browsers.
TESTERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1); echo $$((n < 7 ? n + 1 : 8)))
# The tests start some hundred processes: all of them together compile a module once.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup prepare serve test thorough lint format messages screenshots bench endurance fuzz sbom audit constraints clean

help: ## Show this help
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) $(ASSETS) ## Create the virtual environment, build the assets of the pages

prepare: $(READY) $(ASSETS) $(AXE) $(CLIENT) ## As setup, and install what the tests need from npm

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "jwpgraph needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --editable '.[otel]'
	@touch $@

# Pages work without these, plainer: neither a machine without npm nor a registry that does not answer stops anything.
$(ASSETS): $(PAGES)/package-lock.json $(PAGES)/vite.config.ts $(wildcard $(PAGES)/src/* $(PAGES)/src/*/* $(PAGES)/atlas/*)
	@if ! command -v npm >/dev/null; then echo "There is no npm: pages have no maps, no graph, and a plain SPARQL form."; \
	elif ! (npm ci --silent --prefix $(PAGES) && npm run --silent build --prefix $(PAGES)); then \
	  echo "The assets of the pages could not be built: pages have no maps, no graph, and a plain SPARQL form."; fi

serve: $(READY) $(ASSETS) ## Serve the graph on http://127.0.0.1:8000 (settings: docs/settings.md)
	@$(BIN)/jwpgraph serve

test: lint $(AXE) $(CLIENT) $(ASSETS) ## Check the code and run the tests
	$(BIN)/python -m pytest --numprocesses=$(TESTERS) --dist=loadfile --no-loadscope-reorder

thorough: $(READY) ## Run the long searches that `make test` leaves out (CONTRIBUTING.md)
	$(BIN)/python -m pytest --numprocesses=$(TESTERS) --timeout=1200 -m thorough

$(AXE): tests/browser/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/browser && touch $@; \
	else echo "There is no npm: the tests of accessibility are skipped."; fi

# Clients among others, and large ones: a registry that does not answer leaves them out.
$(CLIENT): tests/conformance/package-lock.json
	@if ! command -v npm >/dev/null; then echo "There is no npm: Comunica and ldes-client are not tried."; \
	elif npm ci --silent --prefix tests/conformance; then touch $@; else echo "Comunica and ldes-client could not be installed and are not tried."; fi

lint: $(READY) ## Check style, types and the direction of dependencies
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if [ -d $(PAGES)/node_modules ]; then npm run --silent check --prefix $(PAGES); fi

format: $(READY) ## Put the code into its canonical form
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format

messages: $(READY) ## Gather the texts of the pages for translation, and tell what is not translated
	$(BIN)/python -m jwpgraph.web.messages

screenshots: $(READY) $(ASSETS) ## Photograph a species page for the README (needs Chromium)
	$(BIN)/python tests/browser/screenshots.py

bench: $(READY) ## Measure against other servers (docs/benchmarks.md)
	$(BIN)/python -m benchmarks

endurance: $(READY) ## Kill processes at random under load and look for lost writes and wrong answers
	$(BIN)/python -m benchmarks.endurance soak $(if $(filter 0,$(shell id -u)),--disk 256)
	$(BIN)/python -m benchmarks.endurance kills --minutes 60

MINUTES ?= 1
fuzz: $(READY) ## Look for input that the readers do not refuse properly (make fuzz MINUTES=10)
	$(BIN)/python -m benchmarks.fuzz --minutes $(MINUTES)

# What the service needs to run, and nothing else; the tools have an environment of their own.
$(RUNTIME): pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear build/runtime
	build/runtime/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt .
	build/runtime/bin/python -m pip freeze --exclude jwpgraph > $@

$(TOOLS):
	$(PYTHON) -m venv --clear build/tools
	build/tools/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0 pip-audit==2.10.1
	@touch $@

sbom: $(RUNTIME) $(TOOLS) ## Write the software bill of materials (CycloneDX) to build/sbom
	@mkdir -p build/sbom
	build/tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-format JSON \
	  --output-file build/sbom/python.cdx.json build/runtime/bin/python
	@if command -v npm >/dev/null; then \
	  npm sbom --sbom-format cyclonedx --package-lock-only --prefix $(PAGES) > build/sbom/pages.cdx.json; \
	else echo "There is no npm: build/sbom has no bill of materials of the pages." >&2; exit 1; fi

audit: $(RUNTIME) $(TOOLS) ## Look for known vulnerabilities of the dependencies (asks PyPI and the npm registry)
	@build/tools/bin/python .ci/audit.py build/tools/bin/pip-audit $(RUNTIME) $(PAGES)

constraints: $(READY) ## Pin what is installed now
	@{ echo "# The versions that are tested together; make constraints writes this file."; \
	   $(BIN)/python -m pip freeze --exclude-editable; } > constraints.txt

clean: ## Remove what the other commands made
	rm -rf $(VENV) build dist $(PAGES)/../built $(PAGES)/node_modules tests/browser/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
