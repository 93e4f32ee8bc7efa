# The instance: make up, make down, make status (packaging/instance.sh).

KEEP_SRC := $(wildcard packaging/keep/*.c)

# The keeper needs nothing but the C library; what it does not call of lib/
# stays out.
$(O)/mcpbox-keep: $(call obj,$(KEEP_SRC)) $(O)/libmcpbox.a
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^

all: $(O)/mcpbox-keep

# `make up BUILD=asan` is another way to say MCPBOX_BUILD=asan make up.
INSTANCE := $(if $(findstring command,$(origin BUILD)),MCPBOX_BUILD=$(BUILD)) \
	packaging/instance.sh

.PHONY: up down status
up: ## install, build and start the instance in MCPBOX_HOME (default ./var)
	@$(INSTANCE) up

down: ## stop what `make up` started; the data stays
	@$(INSTANCE) down

status: ## health of each part; exit 1 if any is unhealthy
	@$(INSTANCE) status
