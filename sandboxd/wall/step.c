/*
 * step.c: the steps of the lockdown and the layers they make.
 */
#include "step.h"

#include <stddef.h>

static const struct {
	const char *name;
	const char *text;
	const char *remedy;
	bool required;
} layers[LAYER__MAX] = {[LAYER_NONE] = {"?", "?", "?", false},
#define LAYER(name, slug, required, text, remedy)                              \
	[LAYER_##name] = {(slug), (text), (remedy), (required)},
    LAYER_LIST(LAYER)
#undef LAYER
};

static const struct {
	enum layer layer;
	const char *what;
	const char *remedy;
} steps[STEP__MAX] = {
#define STEP(name, layer, what, remedy)                                        \
	[STEP_##name] = {LAYER_##layer, (what), (remedy)},
#include "step.def"
#undef STEP
};

const char *
layer_name(enum layer l)
{
	return (unsigned)l < LAYER__MAX ? layers[l].name : "?";
}

bool
layer_required(enum layer l)
{
	return (unsigned)l < LAYER__MAX && layers[l].required;
}

const char *
layer_text(enum layer l)
{
	return (unsigned)l < LAYER__MAX ? layers[l].text : "?";
}

const char *
layer_remedy(enum layer l)
{
	return (unsigned)l < LAYER__MAX ? layers[l].remedy : "?";
}

const char *
step_what(uint32_t step)
{
	return step < STEP__MAX ? steps[step].what : "?";
}

const char *
step_remedy(uint32_t step)
{
	return step < STEP__MAX ? steps[step].remedy : "?";
}

enum layer
step_layer(uint32_t step)
{
	return step < STEP__MAX ? steps[step].layer : LAYER_NONE;
}
