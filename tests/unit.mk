# Unit tests: one cmocka program per tests/unit/**/test_*.c.

UNIT_LIB_SRC  := $(wildcard tests/unit/lib/test_*.c)
UNIT_FCGI_SRC := $(wildcard tests/unit/fcgi/test_*.c)
UNIT_SBX_SRC  := $(wildcard tests/unit/sandboxd/test_*.c)
UNIT_BRIDGE_SRC := $(wildcard tests/unit/bridge/test_*.c)
UNIT_EGRESS_SRC := $(wildcard tests/unit/egress/test_*.c)
UNIT_CTL_SRC := $(wildcard tests/unit/ctl/test_*.c)
UNIT_BIN := $(patsubst tests/unit/%.c,$(O)/unit/%,$(UNIT_LIB_SRC) $(UNIT_FCGI_SRC) $(UNIT_SBX_SRC) $(UNIT_BRIDGE_SRC) $(UNIT_EGRESS_SRC) $(UNIT_CTL_SRC))
CMOCKA := -lcmocka

# A program without its main, for tests that call its modules.
$(O)/libfcgi-nomain.a: $(call obj,$(filter-out fcgi/main.c,$(FCGI_SRC)))
	@rm -f $@
	@$(AR) rcs $@ $^
$(O)/libsandboxd-nomain.a: $(call obj,$(filter-out sandboxd/main.c,$(SANDBOXD_SRC)))
	@rm -f $@
	@$(AR) rcs $@ $^
$(O)/libbridge-nomain.a: $(call obj,$(filter-out bridge/main.c,$(BRIDGE_SRC)))
	@rm -f $@
	@$(AR) rcs $@ $^
$(O)/libegress-nomain.a: $(call obj,$(filter-out sandboxd/egress/main.c,$(EGRESS_SRC)))
	@rm -f $@
	@$(AR) rcs $@ $^

$(O)/libctl-nomain.a: $(call obj,$(filter-out ctl/main.c,$(CTL_SRC)))
	@rm -f $@
	@$(AR) rcs $@ $^

$(O)/unit/lib/%: $(O)/obj/tests/unit/lib/%.o $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CMOCKA) $(LIBS_LIB)
$(O)/unit/fcgi/%: $(O)/obj/tests/unit/fcgi/%.o $(O)/libfcgi-nomain.a $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CMOCKA) $(LIBS_FCGI)
$(O)/unit/sandboxd/%: $(O)/obj/tests/unit/sandboxd/%.o $(O)/libsandboxd-nomain.a $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CMOCKA) $(LIBS_SANDBOXD)
$(O)/unit/bridge/%: $(O)/obj/tests/unit/bridge/%.o $(O)/libbridge-nomain.a $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CMOCKA) $(LIBS_BRIDGE)
$(O)/unit/ctl/%: $(O)/obj/tests/unit/ctl/%.o $(O)/libctl-nomain.a $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CMOCKA) $(LIBS_CTL)
$(O)/unit/egress/%: $(O)/obj/tests/unit/egress/%.o $(O)/libegress-nomain.a $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CMOCKA) $(LIBS_EGRESS) $(call pkg,--libs,jansson)

.PHONY: unit
unit: $(UNIT_BIN) ## unit tests of this BUILD
	@packaging/run-unit.sh $(O)/unit $(UNIT_BIN)
