/*
 * report.c: the health report.
 */
#include "report.h"

#include <dirent.h>

#include "clock.h"

/* Open descriptors of this process. */
static unsigned
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	if (d == NULL)
		return 0;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n - 1; /* but for the one that counted */
}

void
report_json(const struct report *r, struct buf *out)
{
	buf_printf(out,
	    "{\"status\":\"ok\",\"version\":\"%s\",\"uptime_ms\":%lld,"
	    "\"policy\":\"%s\",\"open_calls\":%u,\"connections\":%u,"
	    "\"descriptors\":%u,\"calls\":{",
	    MCPBOX_VERSION, (long long)(clock_mono_ms() - r->started_ms),
	    r->config->policy, r->totals->open, r->connections, descriptors());
	for (unsigned i = 0; i < BOX_OUTCOME__MAX; i++)
		buf_printf(out, "%s\"%s\":%llu", i > 0 ? "," : "",
		    box_outcome_name((enum box_outcome)i),
		    (unsigned long long)r->totals->outcome[i]);
	buf_puts(out, "},\"layers\":");
	layers_json(r->layers, out);
	buf_putc(out, ',');
	pool_report(r->pool, out);
	buf_putc(out, '}');
}
