# The instance: make up, make down, make status (packaging/instance.sh).

KEEP_SRC := $(wildcard packaging/keep/*.c)

# The keeper needs nothing but the C library; what it does not call of lib/
# stays out.
$(O)/mcpbox-keep: $(call obj,$(KEEP_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^

all: $(O)/mcpbox-keep

.PHONY: up down status
up: ## install, build and start the instance in MCPBOX_HOME (default ./var)
	@packaging/instance.sh up

down: ## stop what `make up` started; the data stays
	@packaging/instance.sh down

status: ## health of each part; exit 1 if any is unhealthy
	@packaging/instance.sh status
