# Every command of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := target/release/gatescope
EXAMPLE := deploy/example/cluster
CARGO ?= cargo

.PHONY: help module page build image demo test lint bench bench-envoy bench-live bench-metrics bench-module fuzz clean toolchain

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

toolchain:
	@command -v cargo >/dev/null || { echo "cargo is missing: install rustup, then run this again" >&2; exit 1; }

module: toolchain ## build the module and the Envoy plugin, which the program and the page embed
	@echo "== the module and the plugin: wasm/pkg, wasm/pkg-proxy"
	@wasm/build
	@wasm/build-proxy

page: module ## build the page, which the program embeds
	@echo "== the page: web-ui/dist"
	@web-ui/build

build: page ## build target/release/gatescope with everything in it
	@echo "== building $(BIN)"
	@$(CARGO) build --release -p gatescope
	@$(BIN) version

image: page ## build the container image gatescope:VERSION (ARGS="--tag NAME:TAG --output FILE")
	@deploy/image/build $(ARGS)

demo: build ## serve the bundled example cluster: the page and /metrics, without a cluster (PORT=8080)
	@echo; echo "== gatescope resolve -f $(EXAMPLE) --complete"
	@$(BIN) resolve -f $(EXAMPLE) --complete
	@echo; echo "== gatescope trace https://shop.northwind.example/cart -f $(EXAMPLE) --complete"
	@$(BIN) trace https://shop.northwind.example/cart -f $(EXAMPLE) --complete
	@echo; echo "== gatescope serve -f $(EXAMPLE) --complete"
	@echo "   the page http://127.0.0.1:$${PORT:-8080}/   metrics http://127.0.0.1:$${PORT:-8080}/metrics   Ctrl-C ends"
	@exec $(BIN) serve -f $(EXAMPLE) --complete

lint: toolchain ## formatting and clippy, warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

test: page ## everything: unit tests, cases, properties, the command line, real Envoy, API server and Chromium
	@echo "== real parts for the tests, where they are missing: $${GATESCOPE_CACHE:-~/.cache/gatescope}"
	@tests/tools/install --all
	@echo "== the module that fails where a test asks for it"
	@wasm/build --faults
	@wasm/build-proxy --faults
	@echo "== the program, as the tests run it"
	@$(CARGO) build --workspace --bins
	@echo "== the static program, as the image has it"
	@deploy/image/build --profile dev --binary-only
	@echo "== tests"
	@$(CARGO) test --workspace
	@echo "== the page in Chromium"
	@tests/browser/run

bench: toolchain ## every figure of docs/performance.md with its bar (ARGS="--save a" or "--compare a")
	@status=0; $(CARGO) run --release -p gatescope-bench -- $(ARGS) || status=$$?; \
	for part in bench-metrics bench-module; do $(MAKE) --no-print-directory $$part || status=$$?; done; exit $$status

bench-metrics: toolchain ## what scrapes and series cost, and the exporter's memory (shares what the tests compiled)
	@$(CARGO) build --workspace --bin gatescope --bin metrics-bench
	@target/debug/metrics-bench

bench-module: module ## the module against native code: wasmtime, V8, size, boundary
	@$(CARGO) build --release -p gatescope-bench
	@$(CARGO) build --workspace --bin gatescope --bin wasm-bench
	@target/debug/wasm-bench

bench-live: page ## the figures that need an API server: start, memory, events, half an hour (GATESCOPE_BENCH_ROUTES=10000 …_SECONDS=60 …_SOAK=600)
	@tests/tools/install etcd kube-apiserver crds
	@$(CARGO) build --release --workspace --bin gatescope --bin decode
	@GATESCOPE_BENCH=1 GATESCOPE_BIN=$(CURDIR)/target/release/gatescope $(CARGO) test --workspace --test live -- --nocapture bench::

fuzz: toolchain ## every fuzz target, ten minutes each (SECONDS_EACH=600, GATESCOPE_SEED=2 for other inputs)
	@GATESCOPE_FUZZ_SECONDS=$(or $(SECONDS_EACH),600) $(CARGO) test -p gatescope-bench --test fuzz -- --nocapture
	@GATESCOPE_FUZZ_SECONDS=$(or $(SECONDS_EACH),600) $(CARGO) test --workspace --test fuzz_input

bench-envoy: page ## what the plugin costs in a real Envoy, beside no filter and a no-op filter
	@wasm/build-proxy --noop
	@$(CARGO) run --release -p gatescope-tests --bin envoy-bench

clean: ## remove what was built
	$(CARGO) clean
