/* Unit tests of sandboxd/layers.c: what is enough, and how it is shown. */
#include "layers.h"

#include "box_test.h"

static void
fill(struct layers *l)
{
	memset(l, 0, sizeof(*l));
	for (int i = LAYER_NONE + 1; i < LAYER__MAX; i++)
		l->layer[i].state = LAYERS_ON;
}

static void
test_enough(void **state)
{
	enum layer missing;
	struct layers l;

	(void)state;
	fill(&l);
	assert_true(layers_enough(&l, "full", CTL_IDS_MAPPED, &missing));
	for (int i = LAYER_NONE + 1; i < LAYER__MAX; i++) {
		fill(&l);
		l.layer[i].state = LAYERS_OFF;
		assert_false(
		    layers_enough(&l, "full", CTL_IDS_MAPPED, &missing));
		assert_int_equal(missing, i);
		assert_int_equal(
		    layers_enough(&l, "required", CTL_IDS_MAPPED, &missing),
		    !layer_required((enum layer)i));
	}
}

static void
test_levels(void **state)
{
	enum layer missing;
	struct layers l;

	(void)state;
	fill(&l);
	l.layer[LAYER_CGROUP].state = LAYERS_MISSING;
	assert_true(layers_enough(&l, "landlock", CTL_IDS_SINGLE, &missing));
	assert_false(layers_enough(&l, "full", CTL_IDS_SINGLE, &missing));
	l.layer[LAYER_LANDLOCK].state = LAYERS_MISSING;
	assert_true(layers_enough(&l, "userns", CTL_IDS_MAPPED, &missing));
	assert_false(layers_enough(&l, "landlock", CTL_IDS_MAPPED, &missing));
	assert_true(layers_enough(&l, "required", CTL_IDS_REAL, &missing));
	assert_false(layers_enough(&l, "userns", CTL_IDS_REAL, &missing));
	assert_int_equal(missing, LAYER_USER);
}

/* This very test is not in any jail, and must be told so. */
static void
test_no_jail(void **state)
{
	enum layer missing;
	struct layers l;

	(void)state;
	layers_inspect(&l, (int)getpid(), CTL_IDS_MAPPED, "why not");
	assert_int_equal(l.layer[LAYER_NET].state, LAYERS_OFF);
	assert_int_equal(l.layer[LAYER_PID].state, LAYERS_OFF);
	assert_int_equal(l.layer[LAYER_USER].state, LAYERS_OFF);
	assert_int_equal(l.layer[LAYER_PIVOT].state, LAYERS_OFF);
	assert_int_equal(l.layer[LAYER_LIMITS].state, LAYERS_OFF);
	assert_int_equal(l.layer[LAYER_CGROUP].state, LAYERS_MISSING);
	assert_string_equal(l.layer[LAYER_CGROUP].detail, "why not");
	assert_false(layers_enough(&l, "required", CTL_IDS_MAPPED, &missing));
}

static void
test_gone(void **state)
{
	enum layer missing;
	struct layers l;

	(void)state;
	layers_inspect(&l, 0x7ffffff0, CTL_IDS_MAPPED, NULL);
	assert_int_equal(l.layer[LAYER_SECCOMP].state, LAYERS_OFF);
	assert_int_equal(l.layer[LAYER_CAPS].state, LAYERS_OFF);
	assert_false(layers_enough(&l, "required", CTL_IDS_MAPPED, &missing));
}

static void
test_json(void **state)
{
	struct layers l;
	struct buf b;

	(void)state;
	fill(&l);
	(void)snprintf(l.layer[LAYER_USER].detail, LAYERS_DETAIL, "a \"b\"");
	l.layer[LAYER_CGROUP].state = LAYERS_MISSING;
	buf_init(&b, 65536);
	layers_json(&l, &b);
	assert_true(str_starts(buf_str(&b),
	    "[{\"name\":\"user\",\"state\":\"on\",\"required\":true,"
	    "\"detail\":\"a \\\"b\\\"\"},"));
	assert_true(str_ends(buf_str(&b),
	    "{\"name\":\"cgroup\",\"state\":\"missing\",\"required\":false,"
	    "\"detail\":\"\"}]"));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_enough),
	    cmocka_unit_test(test_levels),
	    cmocka_unit_test(test_no_jail),
	    cmocka_unit_test(test_gone),
	    cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
