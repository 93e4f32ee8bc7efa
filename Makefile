# mcpbox: one non-recursive Makefile.  `make help` lists the targets.
#
# BUILD is a folder under build/: release (default), debug, asan, cov, fuzz.

BUILD   ?= release
# gcc and clang objects never mix.
O       := build/$(BUILD)$(if $(filter-out fuzz,$(if $(filter clang%,$(notdir $(CC))),$(BUILD))),-clang)
GEN     := build/gen
SHELL   := /bin/bash
.DEFAULT_GOAL := all

# Debian's own Python and pkg-config, whatever else precedes them on PATH.
PYTHON  := /usr/bin/python3
PKGC    := $(shell test -x /usr/bin/pkg-config && echo /usr/bin/pkg-config || echo pkg-config)
pkg      = $(shell env -u PKG_CONFIG_PATH -u PKG_CONFIG_LIBDIR $(PKGC) $(1) $(2) 2>/dev/null)

VERSION := $(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1)

ifeq ($(origin CC),default)
CC := gcc
endif
IS_CLANG := $(shell $(CC) --version 2>/dev/null | grep -c clang)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla \
	-Walloca -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference \
	-Wdouble-promotion -Werror
ifeq ($(IS_CLANG),0)
WARN += -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wtrampolines \
	-Wjump-misses-init
HARDEN_CC := -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
else
WARN += -Wcomma -Wassign-enum
endif
# -Wnull-dereference needs the optimiser's facts and cries wolf without them.
ifneq ($(BUILD),release)
WARN := $(filter-out -Wnull-dereference,$(WARN))
endif
ifeq ($(shell uname -m),x86_64)
HARDEN_CC += -fcf-protection=full
endif

CPPFLAGS += -D_GNU_SOURCE -DMCPBOX_VERSION='"$(or $(VERSION),0.0.0)"' -I. -Ilib -I$(GEN)
CFLAGS   += -std=c17 $(WARN) -g -fno-strict-aliasing -fno-strict-overflow \
	-fno-common -fvisibility=hidden -pthread -MMD -MP
LDFLAGS  += -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed -pthread

HARDEN := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection $(HARDEN_CC)

ifeq ($(BUILD),release)
CFLAGS  += $(HARDEN)
else ifeq ($(BUILD),debug)
CFLAGS  += -Og -fstack-protector-strong
else ifeq ($(BUILD),asan)
CFLAGS  += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=address,undefined
else ifeq ($(BUILD),fuzz)
CC      := clang
CFLAGS  += -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS += -fsanitize=address,undefined
else ifeq ($(BUILD),cov)
CFLAGS  += -O0 --coverage
LDFLAGS += --coverage
else
$(error BUILD=$(BUILD): use release, debug, asan, cov or fuzz)
endif
PIE_CC := -fPIE
PIE_LD := -pie

# --- what is linked into what: what is not listed cannot be reached ---------

LIB_SRC      := $(wildcard lib/*.c)
FCGI_SRC     := $(wildcard fcgi/*.c fcgi/*/*.c)
# The walls of the jail, shared by the programs that stand on both sides.
WALL_SRC     := $(wildcard sandboxd/wall/*.c)
SANDBOXD_SRC := $(wildcard sandboxd/*.c) $(WALL_SRC)
RUN_SRC      := $(wildcard sandboxd/run/*.c) $(WALL_SRC)
# Runs at the client's side, not in the instance.
BRIDGE_SRC   := $(wildcard bridge/*.c)
# Beside the instance: a command, and its statements.
CTL_SRC      := $(wildcard ctl/*.c)
EGRESS_SRC   := $(wildcard sandboxd/egress/*.c) sandboxd/loop.c sandboxd/wall/landlock.c

# The supervisor needs no cryptography, no JSON; the runner neither: the linker
# takes from the archive only what is called, and --as-needed drops the rest.
LIBS_LIB      := $(call pkg,--libs,jansson libcrypto libseccomp) -largon2
LIBS_FCGI     := $(call pkg,--libs,libpq jansson libcrypto libidn2) -largon2
LIBS_SANDBOXD := $(call pkg,--libs,libseccomp)
# Static: each library costs every child five mappings.
LIBS_RUN      := -Wl,-Bstatic $(call pkg,--libs,libseccomp) -Wl,-Bdynamic
LIBS_CTL      := $(call pkg,--libs,libpq jansson libcrypto) -largon2
LIBS_BRIDGE   := $(call pkg,--libs,libcurl jansson)
# Only this one can reach anything: nothing else links a way out.
LIBS_EGRESS   := $(call pkg,--libs,libcurl libcares zlib libseccomp)

CFLAGS_fcgi := $(call pkg,--cflags,libpq)
CFLAGS_run  := $(call pkg,--cflags,python3)
CFLAGS_bridge := $(call pkg,--cflags,libcurl)

# mcpbox-run links Python statically and not as PIE: every lazily bound or
# relocated page would be a page fault in each child (SANDBOX 4.2).
PYLIB := $(firstword $(wildcard /usr/lib/python3*/config-3*/libpython3.*[0-9].a))
LIBS_PY := $(PYLIB) -Wl,-Bstatic -lexpat -lz -Wl,-Bdynamic -lm -ldl -lutil
PYVER := $(patsubst libpython%.a,%,$(notdir $(PYLIB)))

PROGRAMS := $(O)/mcpbox-fcgi $(O)/mcpbox-sandboxd $(O)/mcpbox-run $(O)/mcpbox-egress $(O)/mcpbox-stdio $(O)/mcpboxctl

obj = $(patsubst %.c,$(O)/obj/%.o,$(1))

.PHONY: all
all: $(PROGRAMS)

$(O)/libmcpbox.a: $(call obj,$(LIB_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^

$(O)/mcpbox-fcgi: $(call obj,$(FCGI_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^ $(LIBS_FCGI)

$(O)/mcpbox-sandboxd: $(call obj,$(SANDBOXD_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^ $(LIBS_SANDBOXD)

$(O)/mcpbox-stdio: $(call obj,$(BRIDGE_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^ $(LIBS_BRIDGE)

$(O)/mcpboxctl: $(call obj,$(CTL_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^ $(LIBS_CTL)

$(O)/mcpbox-egress: $(call obj,$(EGRESS_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^ $(LIBS_EGRESS)

# Sanitizers and counters do not live with its limits and filters: the other
# builds take the release program.
ifneq ($(filter asan cov fuzz,$(BUILD)),)
.PHONY: release-run
release-run:
	@$(MAKE) --no-print-directory BUILD=release build/release/mcpbox-run
$(O)/mcpbox-run: release-run
	@mkdir -p $(@D)
	@cmp -s build/release/mcpbox-run $@ || cp build/release/mcpbox-run $@
else
$(O)/mcpbox-run: $(call obj,$(RUN_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -no-pie -Wl,-E,-z,max-page-size=0x200000 -o $@ $^ $(LIBS_PY) $(LIBS_RUN)
endif

$(O)/obj/sandboxd/%.o: CPPFLAGS += -Isandboxd -Isandboxd/wall -DMCPBOX_PYTHON='"$(PYVER)"'
$(O)/obj/sandboxd/run/%.o: PIE_CC :=
$(O)/obj/sandboxd/run/%.o: CPPFLAGS += $(CFLAGS_run)
$(O)/obj/tests/unit/sandboxd/%.o: CPPFLAGS += -Isandboxd -Isandboxd/wall
$(O)/obj/bridge/%.o: CPPFLAGS += -Ibridge $(CFLAGS_bridge)
$(O)/obj/tests/unit/bridge/%.o: CPPFLAGS += -Ibridge $(CFLAGS_bridge)
$(O)/obj/ctl/%.o: CPPFLAGS += -Ictl $(CFLAGS_fcgi)
$(O)/obj/tests/unit/ctl/%.o: CPPFLAGS += -Ictl
$(O)/obj/fcgi/%.o: CPPFLAGS += -Ifcgi $(CFLAGS_fcgi)
$(O)/obj/tests/%.o: CPPFLAGS += -Ifcgi $(CFLAGS_fcgi)
$(O)/obj/tests/unit/egress/%.o: CPPFLAGS += -Isandboxd -Itests/unit/lib

$(O)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(PIE_CC) -c -o $@ $<

# --- generated sources ------------------------------------------------------

GENERATED := $(GEN)/query.def $(GEN)/ctl_query.def $(GEN)/runner.inc

$(GEN)/query.def: sql/gen.awk $(wildcard sql/queries/*.sql)
	@mkdir -p $(@D)
	@awk -f sql/gen.awk $(sort $(wildcard sql/queries/*.sql)) > $@.tmp && mv $@.tmp $@

$(GEN)/ctl_query.def: sql/gen.awk $(wildcard sql/ctl/*.sql)
	@mkdir -p $(@D)
	@awk -f sql/gen.awk $(sort $(wildcard sql/ctl/*.sql)) > $@.tmp && mv $@.tmp $@

# The Python half of the runner, compiled into the program.
$(GEN)/runner.inc: sandboxd/run/embed.py $(wildcard sandboxd/run/jail/*.py)
	@mkdir -p $(@D)
	@$(PYTHON) -I sandboxd/run/embed.py $(sort $(wildcard sandboxd/run/jail/*.py)) > $@.tmp && mv $@.tmp $@

$(call obj,$(FCGI_SRC)): | $(GEN)/query.def
$(call obj,$(CTL_SRC)): | $(GEN)/ctl_query.def
$(call obj,$(RUN_SRC)): | $(GEN)/runner.inc

-include $(wildcard $(O)/obj/*/*.d $(O)/obj/*/*/*.d $(O)/obj/*/*/*/*.d)

# --- the rest: one file a subject -------------------------------------------

include tests/unit.mk
include packaging/instance.mk
include tests/tests.mk

.PHONY: generated
generated: all ## what is made from the programs and kept in the tree
	@packaging/manual.sh $(O) > fcgi/mcpbox.conf.5
	@$(O)/mcpbox-fcgi --openapi > frontend/src/api/openapi.json
	@$(O)/mcpbox-fcgi --permissions > tests/api/permissions.tsv
	@npm --prefix frontend run -s api

.PHONY: clean help
clean:
	rm -rf build

help:
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
