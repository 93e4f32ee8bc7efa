/*
 * main.c: mcpbox-run, the only program that links Python.
 *
 * Started by mcpbox-sandboxd alone (see its main.c for who is who): with an
 * empty environment, descriptors 0-2 on /dev/null (2 may be the log) and 3 a
 * control socket.  It becomes the root zygote; zygotes and the processes of
 * calls are clones of it and never execute another program.
 */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "root.h"

static void
usage(void)
{
	(void)fputs(
	    "mcpbox-run is started by mcpbox-sandboxd, not by hand.\n", stderr);
}

static bool
parent(const char *arg, pid_t *out)
{
	static const char name[] = "--parent=";
	int64_t n;

	if (strncmp(arg, name, sizeof(name) - 1) != 0 ||
	    !str_to_i64(str_from(arg + sizeof(name) - 1), &n) || n <= 0 ||
	    n > INT32_MAX)
		return false;
	*out = (pid_t)n;
	return true;
}

int
main(int argc, char **argv)
{
	struct options o;
	pid_t above = 0;

	option_defaults(&o);
	for (int i = 1; i < argc; i++) {
		if (!option_parse(&o, argv[i]) && !parent(argv[i], &above)) {
			usage();
			return 2;
		}
	}
	if (above == 0) {
		usage();
		return 2;
	}
	log_init("mcpbox-run", LOG_LEVEL_INFO);
	root_run(&o, above);
}
