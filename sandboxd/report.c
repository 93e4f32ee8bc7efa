/*
 * report.c: the health report.
 */
#include "report.h"

#include <dirent.h>

#include "clock.h"
#include "lease.h"

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
	bool well = egress_proc_well(r->calls->egress);

	buf_printf(out,
	    "{\"status\":\"%s\",\"healthy\":%s,\"version\":\"%s\","
	    "\"uptime_ms\":%lld,\"policy\":\"%s\",\"connections\":%u,"
	    "\"descriptors\":%u,\"layers\":",
	    well ? "ok" : "degraded", well ? "true" : "false", MCPBOX_VERSION,
	    (long long)(clock_mono_ms() - r->started_ms), r->config->policy,
	    r->connections, descriptors());
	layers_json(r->layers, out);
	buf_puts(out, ",\"egress\":");
	egress_proc_report(r->calls->egress, out);
	buf_putc(out, ',');
	calls_report(r->calls, out);
	buf_putc(out, ',');
	pool_report(r->pool, out);
	if (r->calls->leases != NULL) {
		buf_putc(out, ',');
		leases_report(r->calls->leases, out);
	}
	buf_putc(out, '}');
}
