# Fuzzing: one libFuzzer program per tests/fuzz/fuzz_*.c.
#
#   make fuzz                        each target for FUZZ_SECONDS
#   make fuzz FUZZ="wire box"        some of them
#
# Seeds and dictionaries are in tests/fuzz/; what a run learns stays in
# build/fuzz/corpus/, what it breaks in build/fuzz/crash/ (a crash becomes a
# seed and a unit test).

FUZZ_SECONDS ?= 60
FUZZ_ALL := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ     ?= $(FUZZ_ALL)
# These need lib/ only; the others are linked with the worker's modules.
FUZZ_LIB := wire box fetch json str addr
# Those of the bridge and of mcpbox-egress with theirs.
FUZZ_BRIDGE := sse peek
FUZZ_EGRESS := url answer
# Those of the supervisor with its.
FUZZ_SANDBOXD := monitor ctl
FUZZ_CC   = $(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer

$(patsubst %,$(O)/fuzz_%,$(FUZZ_LIB)): $(O)/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/libmcpbox.a
	@$(FUZZ_CC) -o $@ $^ $(LIBS_LIB)
$(patsubst %,$(O)/obj/tests/fuzz/fuzz_%.o,$(FUZZ_BRIDGE)): CPPFLAGS += -Ibridge
$(patsubst %,$(O)/fuzz_%,$(FUZZ_BRIDGE)): $(O)/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/libbridge-nomain.a $(O)/libmcpbox.a
	@$(FUZZ_CC) -o $@ $^ $(LIBS_BRIDGE)
$(patsubst %,$(O)/fuzz_%,$(FUZZ_EGRESS)): $(O)/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/libegress-nomain.a $(O)/libmcpbox.a
	@$(FUZZ_CC) -o $@ $^ $(LIBS_EGRESS)
$(patsubst %,$(O)/obj/tests/fuzz/fuzz_%.o,$(FUZZ_EGRESS)): CPPFLAGS += -Isandboxd
$(patsubst %,$(O)/fuzz_%,$(FUZZ_SANDBOXD)): $(O)/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/libsandboxd-nomain.a $(O)/libmcpbox.a
	@$(FUZZ_CC) -o $@ $^ $(LIBS_SANDBOXD)
$(patsubst %,$(O)/obj/tests/fuzz/fuzz_%.o,$(FUZZ_SANDBOXD)): CPPFLAGS += -Isandboxd -Isandboxd/wall
$(patsubst %,$(O)/fuzz_%,$(filter-out $(FUZZ_LIB) $(FUZZ_BRIDGE) $(FUZZ_EGRESS) $(FUZZ_SANDBOXD),$(FUZZ_ALL))): $(O)/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/libfcgi-nomain.a $(O)/libmcpbox.a
	@$(FUZZ_CC) -o $@ $^ $(LIBS_FCGI)

.PHONY: fuzz fuzz-run
fuzz: ## fuzz targets, FUZZ_SECONDS=60 each; FUZZ="wire json" for some
	@$(MAKE) -s BUILD=fuzz CC=clang fuzz-run

# All run, even after one has failed; then the worst decides.
fuzz-run: $(patsubst %,$(O)/fuzz_%,$(FUZZ))
	@tests/fuzz/run.sh $(O) $(FUZZ_SECONDS) $(FUZZ)
