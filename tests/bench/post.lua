-- wrk script: one MCP request again and again; headers and body from files
-- named in the environment, so that every row uses the same generator.
local function slurp(name)
	local f = assert(io.open(os.getenv(name), "rb"))
	local s = f:read("*a")
	f:close()
	return s
end

wrk.method = "POST"
wrk.body = slurp("BENCH_BODY")
for line in slurp("BENCH_HEADERS"):gmatch("[^\n]+") do
	local k, v = line:match("^([^:]+): (.*)$")
	wrk.headers[k] = v
end

function done(summary, latency)
	io.write(string.format(
	    "BENCH %d %d %d %.1f %.1f\n", summary.requests, summary.duration,
	    summary.errors.connect + summary.errors.read + summary.errors.write +
	    summary.errors.status + summary.errors.timeout,
	    latency:percentile(50), latency:percentile(99)))
end
