# Tests, checks and measurements.  Every target installs what it needs.

.PHONY: test test-deps check check-warnings check-static bench chaos soak

# Debian packages, and the JavaScript tests' own locked packages.
tests/node_modules/.stamp: tests/package-lock.json
	@npm --prefix tests ci --no-audit --no-fund --loglevel=error
	@touch $@

test-deps:
	@packaging/instance.sh deps runtime build test
	@$(MAKE) -s tests/node_modules/.stamp frontend/node_modules/.stamp

frontend/node_modules/.stamp: frontend/package-lock.json
	@packaging/page.sh packages
	@touch $@

STAGES ?=
test: test-deps ## every test against real instances; STAGES=unit,api for some
	@$(MAKE) -s all
	@tests/run.py $(if $(filter command line,$(origin BUILD)),--build $(BUILD)) $(if $(STAGES),--only $(STAGES))

chaos: test-deps ## kill -9 of each process, reload under load
	@$(MAKE) -s all
	@tests/run.py --build $(BUILD) --only chaos

SOAK_CALLS ?= 100000
soak: test-deps ## 100,000 calls that end in every way; memory and descriptors stay flat
	@$(MAKE) -s all
	@MCPBOX_TEST_BUILD=$(BUILD) $(PYTHON) tests/soak/soak.py --calls $(SOAK_CALLS)

# What times runs on sandboxd's own socket.
$(O)/bench/%: $(O)/obj/tests/bench/%.o $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_LIB)

BENCH ?=
bench: test-deps ## ratios to floors of the same run; writes build/bench.json
	@$(MAKE) -s BUILD=release all build/release/bench/calls
	@tests/bench/bench.py $(BENCH)

check: check-warnings layers check-sql check-static ## warnings on both compilers, layers, SQL, linters

# The same sources, every warning an error, by both compilers.
check-warnings:
	@$(MAKE) -s CC=gcc BUILD=release all
	@$(MAKE) -s CC=clang BUILD=debug all
	@echo "warnings: clean on gcc and clang"

.PHONY: layers
layers: ## who includes whom; SQL only in sql/
	@tests/layers.sh

check-static: test-deps
	@tests/static.sh

-include tests/sql.mk
-include tests/fuzz.mk
