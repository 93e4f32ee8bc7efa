/*
 * addr_name.c: host names that have one meaning, whatever a resolver says.
 */
#include "addr_name.h"

#include <stddef.h>

#include "attr.h"

/* With a dot in front, also what ends in it. */
static const struct {
	const char *name;
	enum addr_class class;
} names[] = {
    {"localhost", ADDR_LOOPBACK},
    {".localhost", ADDR_LOOPBACK},
    {"localhost.localdomain", ADDR_LOOPBACK},
    {"localhost4", ADDR_LOOPBACK},
    {"localhost6", ADDR_LOOPBACK},
    {"ip6-localhost", ADDR_LOOPBACK},
    {"ip6-loopback", ADDR_LOOPBACK},
    {"metadata", ADDR_METADATA},
    {"metadata.google.internal", ADDR_METADATA},
    {"metadata.goog", ADDR_METADATA},
    {"metadata.gke.internal", ADDR_METADATA},
    {"metadata.aws.internal", ADDR_METADATA},
    {"instance-data", ADDR_METADATA},
    {"instance-data.ec2.internal", ADDR_METADATA},
    {"metadata.azure.com", ADDR_METADATA},
    {"metadata.azure.internal", ADDR_METADATA},
    {"metadata.platformequinix.com", ADDR_METADATA},
};

enum addr_class
addr_name_class(struct str name)
{
	for (size_t i = 0; i < NELEM(names); i++) {
		if (names[i].name[0] == '.' ? str_ends(name, names[i].name)
					    : str_eq_c(name, names[i].name))
			return names[i].class;
	}
	return ADDR_PUBLIC;
}
