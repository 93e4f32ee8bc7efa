-- wrk script for the floor: plain GETs, reported like post.lua.
function done(summary, latency)
	io.write(string.format(
	    "BENCH %d %d %d %.1f %.1f\n", summary.requests, summary.duration,
	    summary.errors.connect + summary.errors.read + summary.errors.write +
	    summary.errors.status + summary.errors.timeout,
	    latency:percentile(50), latency:percentile(99)))
end
