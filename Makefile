# SPDX-License-Identifier: GPL-3.0-or-later
#
# The front door. `make help` lists what there is; Meson and Ninja do the work underneath.
#
# Each kind of build has a folder of its own, so that none makes another start over:
#   build         release: -O3, LTO, baseline x86-64      build-test   the same with the tests, warnings are errors
#   build-native  release for this machine (NATIVE=1)     build-asan, build-tsan, build-fuzz

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all
MAKEFLAGS += --no-print-directory

NATIVE ?=
BUILD := $(if $(NATIVE),build-native,build)
ARGS ?=
PCAP ?=
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 30
DEMO := tests/data/demo.pcap.zst

# Node 22 of scripts/install-deps goes before the machine's.
export PATH := $(CURDIR)/.deps/node/bin:$(PATH)

# $(call configure,FOLDER,OPTIONS): Meson itself notices later changes of its own files.
configure = [ -f $(1)/build.ninja ] || meson setup $(2) $(1) . >$(1).log 2>&1 || { cat $(1).log; exit 1; }; rm -f $(1).log
# $(call build,FOLDER): Ninja says little when all is well.
build = ninja -C $(1) $(if $(CI),--quiet) $(if $(JOBS),-j$(JOBS))

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# ------------------------------------------------------------------------------ the two commands

.PHONY: run
run: ## Install what is missing, build, look at the default interface (PCAP=file: at a capture; ARGS=…: options of weir run)
	@scripts/install-deps --run
	@$(MAKE) all NATIVE=$(NATIVE)
	@$(if $(PCAP),,scripts/grant-capabilities $(BUILD)/weir-open)
	@exec $(BUILD)/weir run $(ARGS) $(if $(PCAP),'$(PCAP)')

.PHONY: test
test: ## Install what is missing, build with warnings as errors, run every test
	@scripts/install-deps --run --test
	@$(call configure,build-test,-Dwerror=true)
	@$(call build,build-test)
	@$(MAKE) ui BUILD=build-test
	@scripts/grant-capabilities build-test/weir-open
	@scripts/run-tests --build build-test $(ARGS)

.PHONY: demo
demo: ## Like run, with a bundled capture replayed in a loop
	@scripts/install-deps --run
	@$(MAKE) all NATIVE=$(NATIVE)
	@exec $(BUILD)/weir run --replay loop $(ARGS) $(DEMO)

# ---------------------------------------------------------------------------------------- build

.PHONY: all
all: weir ui ## build/weir and ui/dist (the default)

.PHONY: weir
weir:
	@$(call configure,$(BUILD),-Dtests=false $(if $(NATIVE),-Dnative=true))
	@$(call build,$(BUILD))

.PHONY: ui
ui:
	@if [ -f ui/package.json ]; then scripts/build-ui $(BUILD); fi

.PHONY: install
install: all ## Install under PREFIX (default /usr/local), DESTDIR is honoured; run as root for capabilities
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/install $(BUILD)

.PHONY: clean
clean: ## Remove everything that was built, not what was downloaded
	rm -rf build build-native build-test build-asan build-tsan build-fuzz ui/dist

# ------------------------------------------------------------------------- more tests and checks

.PHONY: asan
asan: ## All C tests with address and undefined-behaviour sanitizers
	@scripts/install-deps --run --test
	@$(call configure,build-asan,-Dbuildtype=debugoptimized -Db_lto=false -Db_sanitize=address$(,)undefined)
	@$(call build,build-asan)
	@scripts/run-tests --build build-asan --unit $(ARGS)

.PHONY: tsan
tsan: ## Tests of what threads share (observer, slab, rings, logs) with the thread sanitizer
	@scripts/install-deps --run --test
	@$(call configure,build-tsan,-Dbuildtype=debugoptimized -Db_lto=false -Db_sanitize=thread)
	@$(call build,build-tsan)
	@setarch --addr-no-randomize scripts/run-tests --build build-tsan --unit \
		--only '^observer/|^model/|slab|ring|pool|queue|thread|stream' $(ARGS)

.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZ_SECONDS (default 30), from its seeds
	@scripts/install-deps --run --test
	@export CC=clang CXX=clang++; $(call configure,build-fuzz,-Dfuzz=true -Dtests=false -Dbuildtype=debugoptimized \
		-Db_lto=false -Db_lundef=false -Db_sanitize=address$(,)undefined)
	@$(call build,build-fuzz)
	@scripts/fuzz build-fuzz $(FUZZ_SECONDS)

.PHONY: bench
bench: ## Speed and memory beside the reference tools, as ratios
	@scripts/install-deps --run --test
	@$(MAKE) weir
	@bench/run $(BUILD) $(ARGS)

.PHONY: soak
soak: ## The long forms of the tests
	@WEIR_SOAK=1 $(MAKE) test

.PHONY: test-fresh
test-fresh: ## Both commands from nothing, in a bare Debian 12 made by debootstrap
	@scripts/test-fresh $(ARGS)

.PHONY: format
format: ## Format the sources
	@scripts/format

.PHONY: lint
lint: ## Format, include directions, lengths, licence lines, the page's types and style
	@scripts/lint

, := ,
