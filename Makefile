# Every command of the project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := target/release/gatescope
EXAMPLE := deploy/example/cluster
CARGO ?= cargo

.PHONY: help build demo test lint bench fuzz clean toolchain

help: ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

toolchain:
	@command -v cargo >/dev/null || { echo "cargo is missing: install rustup, then run this again" >&2; exit 1; }

build: toolchain ## build target/release/gatescope
	@echo "== building $(BIN)"
	@$(CARGO) build --release -p gatescope
	@$(BIN) version

demo: build ## show what gatescope says about the bundled example cluster
	@echo; echo "== gatescope resolve -f $(EXAMPLE) --complete"
	@$(BIN) resolve -f $(EXAMPLE) --complete
	@echo; echo "== gatescope trace https://shop.northwind.example/cart -f $(EXAMPLE) --complete"
	@$(BIN) trace https://shop.northwind.example/cart -f $(EXAMPLE) --complete
	@echo; echo "== gatescope trace https://shop.northwind.example/sale -f $(EXAMPLE) --complete"
	@$(BIN) trace https://shop.northwind.example/sale -f $(EXAMPLE) --complete
	@echo; echo "== gatescope explain HTTPRoute/search/jobs -f $(EXAMPLE) --complete"
	@$(BIN) explain HTTPRoute/search/jobs -f $(EXAMPLE) --complete

lint: toolchain ## formatting and clippy, warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

test: toolchain ## everything: unit tests, cases, properties, the command line, the no_std probe
	@echo "== tools"
	@tests/tools/install wasm-targets
	@echo "== tests"
	@$(CARGO) test --workspace

bench: toolchain ## every figure of the resolver with its bar; ARGS="--save FILE", "--compare FILE", "--only SECTION"
	@echo "== building the benchmark"
	@$(CARGO) build --release -p gatescope-bench
	@target/release/gatescope-bench $(ARGS)

clean: ## remove what was built
	$(CARGO) clean
