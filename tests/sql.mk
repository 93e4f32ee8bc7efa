# The compiler for SQL: every named statement against a scratch cluster.

CHECK_QUERIES := $(O)/tests/check_queries

$(call obj,tests/sql/check_queries.c): | $(GEN)/query.def

$(CHECK_QUERIES): $(call obj,tests/sql/check_queries.c) $(O)/libfcgi-nomain.a $(O)/libmcpbox.a
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) $(PIE_LD) -o $@ $^ $(LIBS_FCGI)

.PHONY: check-sql
check-sql: $(CHECK_QUERIES) ## prepare every statement as the role that uses it
	@tests/sql/check.sh $(CHECK_QUERIES)
