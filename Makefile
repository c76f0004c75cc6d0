# One entry point for everything. `make demo` and `make test` need only Python (3.11 or newer) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.demo
TESTS := $(VENV)/.installed
DIFFUSERS := .venv-diffusers
DIFFUSERS_STAMP := $(DIFFUSERS)/.installed
EMBEDDING := .venv-embedding
EMBEDDING_STAMP := $(EMBEDDING)/.installed
OCR := .venv-ocr
OCR_STAMP := $(OCR)/.installed
STORE := .venv-store
STORE_STAMP := $(STORE)/.installed
RAY := .venv-ray
RAY_STAMP := $(RAY)/.installed
LITELLM := .venv-litellm
LITELLM_STAMP := $(LITELLM)/.installed
SCHEMAS := .venv-schemas
DOCS := .venv-docs
DOCS_STAMP := $(DOCS)/.installed
CLIENTS := tests/extra_clients
NPM := $(CLIENTS)/node_modules/.installed
WRAPPERS := $(VENV)/.clients
NPM_PROMPTFOO := $(CLIENTS)/promptfoo/node_modules/.installed
NPM_AXE := tests/extra_axe/node_modules/.installed

.PHONY: demo test test-diffusers test-comfyui test-embedding test-ocr test-ray test-store test-clients test-promptfoo test-vendors test-litellm schema-truth clients axe docs check lint types schemas protos wheel-test bench storm mutants sanitize baselines gallery sdist-test install-size train evaluate clean help
.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml constraints.txt setup.py $(wildcard harness/*/*.c harness/*/*.h)
	@$(PYTHON) tools/check_python.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fast]'
	@touch $@

$(TESTS): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fast,serve,postgres]'
	@touch $@

demo: $(STAMP) ## run the quickstart suite against the committed baselines
	$(BIN)/python -m harness run suites/quickstart.yaml
	@echo
	@echo "Now change a setting and see what it finds:"
	@echo "  $(BIN)/harness run suites/quickstart.yaml --set quality=draft"

test: $(TESTS) ## run all tests
	@$(BIN)/python -m compileall -q harness  # hundreds of processes import it; PYTHONDONTWRITEBYTECODE would compile it in each
	$(BIN)/python -m pytest -n auto --dist worksteal --timeout 600

$(DIFFUSERS_STAMP): pyproject.toml constraints.txt constraints-diffusers.txt setup.py
	@$(PYTHON) tools/check_python.py
	@test -x $(DIFFUSERS)/bin/python || $(PYTHON) -m venv $(DIFFUSERS)
	$(DIFFUSERS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -c constraints-diffusers.txt -e '.[diffusers]' torchao
	@touch $@

test-diffusers: $(DIFFUSERS_STAMP) ## the tests of the diffusers extra, in an environment of their own (torch)
	$(DIFFUSERS)/bin/python -m pytest tests/provider/extra_diffusers

test-comfyui: $(TESTS) ## the comfyui provider against a real server: COMFYUI=<folder of a checkout>
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[comfyui]'
	COMFYUI="$(COMFYUI)" COMFYUI_PYTHON="$(COMFYUI_PYTHON)" $(BIN)/python -m pytest tests/provider/extra_comfyui

$(EMBEDDING_STAMP): pyproject.toml constraints.txt constraints-diffusers.txt setup.py
	@$(PYTHON) tools/check_python.py
	@test -x $(EMBEDDING)/bin/python || $(PYTHON) -m venv $(EMBEDDING)
	$(EMBEDDING)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -c constraints-diffusers.txt -e '.[embedding]'
	@touch $@

test-embedding: $(EMBEDDING_STAMP) ## the tests of the embedding extra, in an environment of its own (torch)
	$(EMBEDDING)/bin/python -m pytest tests/vision/extra_embedding

$(OCR_STAMP): pyproject.toml constraints.txt setup.py
	@$(PYTHON) tools/check_python.py
	@test -x $(OCR)/bin/python || $(PYTHON) -m venv $(OCR)
	$(OCR)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[ocr]'
	@touch $@

test-ocr: $(OCR_STAMP) ## the tests of the ocr extra, in an environment of its own
	$(OCR)/bin/python -m pytest tests/vision/extra_ocr

$(STORE_STAMP): pyproject.toml constraints.txt setup.py
	@$(PYTHON) tools/check_python.py
	@test -x $(STORE)/bin/python || $(PYTHON) -m venv $(STORE)
	$(STORE)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[store]' boto3 'moto[server]==5.2.5' pytest hypothesis
	@touch $@

test-store: $(STORE_STAMP) ## the tests of the store extra against an S3 server (moto) behind a proxy, in an environment of its own
	$(STORE)/bin/python -m pytest tests/store/extra_s3

$(RAY_STAMP): pyproject.toml constraints.txt setup.py
	@$(PYTHON) tools/check_python.py
	@test -x $(RAY)/bin/python || $(PYTHON) -m venv $(RAY)
	$(RAY)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[ray]' pytest-timeout
	@touch $@

test-ray: $(RAY_STAMP) ## generation on two Ray nodes, one of them killed (as root: in network namespaces)
	$(RAY)/bin/python -m pytest --timeout 300 tests/generation/extra_ray

$(WRAPPERS): $(TESTS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[clients]'
	@touch $@

$(NPM) $(NPM_PROMPTFOO) $(NPM_AXE): %/node_modules/.installed: %/package.json
	cd $* && npm install --no-package-lock --no-audit --no-fund
	@touch $@

test-clients: $(WRAPPERS) $(NPM) ## npm clients, buf curl, LangChain and LiteLLM against a gateway (Node 20 or newer)
	$(BIN)/python -m pytest $(CLIENTS) tests/gateway/extra_wrappers --ignore=$(CLIENTS)/promptfoo

test-promptfoo: $(TESTS) $(NPM_PROMPTFOO) ## promptfoo against a gateway (installs 1.4 GB)
	$(BIN)/python -m pytest $(CLIENTS)/promptfoo

test-vendors: $(WRAPPERS) ## the clients of Replicate, fal and Hugging Face against loopback servers
	$(BIN)/python -m pytest tests/provider/extra_vendors

$(LITELLM_STAMP):
	@test -x $(LITELLM)/bin/python || $(PYTHON) -m venv $(LITELLM)
	$(LITELLM)/bin/python -m pip install --quiet --disable-pip-version-check 'litellm[proxy]==1.108.7'
	@touch $@

test-litellm: $(TESTS) $(LITELLM_STAMP) ## the real LiteLLM proxy before loopback vendors (installs 827 MB)
	LITELLM=$(abspath $(LITELLM)/bin/litellm) $(BIN)/python -m pytest tests/provider/extra_litellm

schema-truth: $(TESTS) ## requests and replies against the newest openai and openrouter SDKs; prints what changed
	@test -x $(SCHEMAS)/bin/python || $(PYTHON) -m venv $(SCHEMAS)
	$(SCHEMAS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . hypothesis jsonschema
	$(SCHEMAS)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade openai openrouter
	$(BIN)/python -m tests.proofs.sdk_schemas > $(SCHEMAS)/pinned.json
	$(SCHEMAS)/bin/python -m tests.proofs.sdk_schemas --against $(SCHEMAS)/pinned.json
	SCHEMA_EXAMPLES=2000 $(SCHEMAS)/bin/python -m pytest tests/provider/test_schema_truth.py

clients: $(WRAPPERS) $(NPM) $(NPM_PROMPTFOO) ## every client against a gateway; writes reports/benchmarks
	$(BIN)/python -m tests.extra_clients.matrix

$(DOCS_STAMP): pyproject.toml constraints.txt constraints-docs.txt setup.py
	@$(PYTHON) tools/check_python.py
	@test -x $(DOCS)/bin/python || $(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -c constraints-docs.txt -e '.[docs]'
	@touch $@

docs: $(DOCS_STAMP) ## build the documentation site into build/site; a broken link or a page outside the navigation fails
	@rm -rf build/site
	$(DOCS)/bin/python -m sphinx -q -E --fail-on-warning --keep-going -c tools/docs -d build/doctrees . build/site
	@echo "build/site/index.html"

axe: $(TESTS) $(NPM_AXE) ## every page against axe-core: width × scheme → violations (Chromium; Node 20 or newer)
	$(BIN)/python -m tests.extra_axe

check: lint types test ## lint, types and tests

lint: $(TESTS) ## ruff, rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTS) ## mypy, strict
	$(BIN)/mypy

schemas: $(TESTS) ## write docs/schemas from the records
	$(BIN)/python -m tools.schemas

protos: $(TESTS) ## generate the Python code of the gateway's protos
	$(BIN)/python -m tools.protos

wheel-test: $(TESTS) ## build the wheel, install it elsewhere and run the tests from there
	$(BIN)/python tools/wheel_test.py

sdist-test: $(TESTS) ## build the source distribution, install it without a compiler and run a suite
	$(BIN)/python -m tools.sdist_test

install-size: $(STAMP) ## how much each dependency takes on disk, and who needs it
	$(BIN)/python -m tools.install_size

bench: $(TESTS) ## time the comparer and the transport beside their peers; writes reports/benchmarks
	$(BIN)/python -m benchmarks.compare
	$(BIN)/python -m benchmarks.throughput

storm: $(TESTS) ## kill commands and gateways at random moments and take them up again; N=200 and G=50 kills
	$(BIN)/python -m tests.proofs.storm --kills $(or $(N),200)
	$(BIN)/python -m tests.proofs.gateway_storm --kills $(or $(G),50)
	$(BIN)/python -m tests.proofs.gateway_storm --kills $(or $(G),50) --postgres

mutants: $(TESTS) ## change the code in small ways and see whether the tests notice; writes reports/benchmarks
	$(BIN)/python -m tools.mutants

sanitize: $(TESTS) ## the kernels' tests under the address and undefined-behavior sanitizers
	$(BIN)/python tests/comparison/sanitize.py

baselines: $(TESTS) ## generate the shipped baselines again and print what changed
	$(BIN)/python tools/baselines.py

gallery: $(TESTS) ## make recordings, baselines and pictures of docs/gallery again (NAME=hosted: of one); diffusers needs its environment
	$(BIN)/python -m tools.gallery $(or $(NAME),own-program set guided hosted checks)

train: $(TESTS) ## train the painter's weights (torch; hours on a CPU; resumable)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r training/requirements.txt
	$(BIN)/python -m training.train

evaluate: $(TESTS) ## how well the painter does what the prompt says
	$(BIN)/python -m training.evaluate

clean: ## remove what was built, never baselines
	rm -rf $(VENV) $(DIFFUSERS) $(EMBEDDING) $(OCR) $(RAY) $(STORE) $(LITELLM) $(SCHEMAS) $(DOCS) $(CLIENTS)/node_modules $(CLIENTS)/promptfoo/node_modules tests/extra_axe/node_modules build dist *.egg-info reports/2*
