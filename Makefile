# The front door. Each target calls a CMake preset, CTest or a script; CMake is the only build
# description.
#
#   make run        install what is missing, build, start on http://localhost:8080
#   make run LAN=1  the same for other devices on this network (HTTPS, self-signed)
#   make test       install what is missing, then every test that a change must pass
#   make help       all targets

SHELL := /bin/bash
export PATH := $(CURDIR)/build/tools/bin:$(PATH)
JOBS ?= $(shell nproc)
WEB_SOURCES := $(shell find web/src web/public web/index.html web/*.ts web/*.json -type f 2>/dev/null)

.PHONY: run build bench bench-peers bench-quick test test-full check lint format unit sim web-check fuzz fuzz-smoke tsan e2e netns demo-geofence clean help need-test

help:
	@sed -n 's/^#   //p' Makefile
	@echo
	@echo 'make check      lint, unit tests and scenarios under ASan+UBSan, web checks'
	@echo 'make sim SEED=… replay one seed of the scenarios'
	@echo 'make fuzz T=stun SECONDS=60   one fuzz target; make fuzz-smoke: all, briefly'
	@echo 'make tsan       the threaded shell under TSan'
	@echo 'make e2e        real browsers; make netns: the network-namespace lab, a server that lies'
	@echo 'make demo-geofence   an overloaded region in two minutes, and packets by country (needs root)'
	@echo 'make test-full  every long figure'
	@echo 'make bench      what forwarding and encryption cost (T=forward: one of them; JSON=1: for programs)'
	@echo 'make bench-peers  build other media servers for make bench to compare with (ten minutes, once)'
	@echo 'make bench-quick  what a forwarded packet costs in instructions and calls, against the budget'
	@echo 'make format     clang-format and the web formatter'

# ---- build ----

build/.need-build: scripts/need.sh
	@scripts/need.sh build && touch $@

build/.need-test: scripts/need.sh
	@scripts/need.sh test && touch $@ build/.need-build

web/node_modules/.installed: web/package-lock.json | build/.need-build
	@echo 'Installing the client build tools'
	@cd web && npm ci --silent --no-audit --no-fund && touch node_modules/.installed

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	@echo 'Building the web client'
	@cd web && npm run --silent build >../build/web.log 2>&1 || { cat ../build/web.log; exit 1; }
	@touch $@

build/%/build.ninja: CMakeLists.txt CMakePresets.json $(wildcard cmake/*.cmake) | build/.need-build
	@cmake --preset $* >build/cmake-$*.log || { cat build/cmake-$*.log; exit 1; }

build: build/release/build.ninja web/dist/index.html
	@ninja -C build/release -j $(JOBS) --quiet incamera

run: build
	@exec build/release/incamera serve --dev $(if $(LAN),--lan)

# ---- tests ----

need-test: build/.need-test

test: build/.need-test
	@scripts/test.sh short

test-full: build/.need-test
	@scripts/test.sh full

check: build/.need-test
	@scripts/test.sh check

lint: build/.need-test build/asan/build.ninja
	@ninja -C build/asan -j $(JOBS) --quiet
	@packaging/lint/run.sh build/asan

unit: build/.need-test build/asan/build.ninja
	@ninja -C build/asan -j $(JOBS) --quiet
	@ctest --preset asan -L unit -j $(JOBS)

sim: build/.need-test build/asan/build.ninja
	@ninja -C build/asan -j $(JOBS) --quiet
	@SEED=$(SEED) ctest --preset asan -L scenario -j $(JOBS) --verbose

web-check: web/node_modules/.installed
	@cd web && npm run --silent check

fuzz: build/.need-test build/fuzz/build.ninja
	@scripts/fuzz.sh $(or $(SECONDS_EACH),60) $(T)

fuzz-smoke: build/.need-test build/fuzz/build.ninja
	@scripts/fuzz.sh 5

tsan: build/.need-test build/tsan/build.ninja
	@ninja -C build/tsan -j $(JOBS) --quiet
	@ctest --preset tsan -L unit -R 'unit.shell_' -j $(JOBS)

e2e: build/.need-test
	@scripts/test.sh e2e

netns: build/.need-test
	@scripts/test.sh netns

demo-geofence: build/.need-test build
	@tests/netns/geofence/run.sh timeout 300 node tests/netns/geofence/demo.mjs

# ---- benchmarks ----

bench: build/.need-test build
	@scripts/bench.sh $(if $(JSON),--json) $(T)

bench-peers:
	@scripts/need.sh peers && scripts/bench_peers.sh

bench-quick: build/.need-test
	@scripts/bench_quick.sh

format: build/.need-test
	@git ls-files --cached --others --exclude-standard '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf build web/dist web/node_modules
