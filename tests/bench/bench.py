#!/usr/bin/python3
"""make bench: what mcpbox costs, as ratios to floors of the same run.

    tests/bench/bench.py [--rounds 5] [--seconds 1] [--tools 100]
        [--only house|sandbox]

Rows are measured in interleaved rounds and the median counts, so that a noisy
machine moves a row and its floor alike.  Prints a table and writes
build/bench.json: {"rows":[{"name","value","unit","ratio","floor","target",
"met"}],"switches":[...]}.  Exits 1 when a row with a target misses it.  Rows
against nsjail need it on PATH or in $NSJAIL, those against bubblewrap bwrap.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import sandbox  # noqa: E402
from harness import seed  # noqa: E402
from harness.instance import ROOT, Instance, free_port, wait_for  # noqa: E402
from harness.mcp import VERSION, McpClient  # noqa: E402
from rows import row, table  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))

# With 10,000 tools at most 1.5 times as long as with 10.
GROWTH_TARGET = 0.667

FLOOR_CONF = """
daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p;
fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
server {{ listen 127.0.0.1:{port}; location / {{
default_type application/json; return 200 '{{"jsonrpc":"2.0","id":1,"result":{{}}}}'; }} }} }}
"""


class Floor:
    """nginx `return 200`: the most that anything behind nginx can do here."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="mcpbox-floor-")
        os.chmod(self.dir, 0o777)
        self.port = free_port()
        conf = os.path.join(self.dir, "nginx.conf")
        with open(conf, "w") as f:
            f.write(FLOOR_CONF.format(dir=self.dir, port=self.port))
        self.proc = subprocess.Popen(["nginx", "-e", "stderr", "-p", self.dir, "-c", conf],
                                     stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{self.port}/"
        wait_for("the floor's nginx", self.answers)
        return self

    def answers(self):
        import urllib.request
        try:
            return urllib.request.urlopen(self.url, timeout=1).status == 200
        except OSError:
            return False

    def __exit__(self, *exc):
        self.proc.terminate()
        self.proc.wait(10)


def wrk(url, connections, seconds, script, env=None):
    """(requests per second, p50 us, p99 us); errors raise."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", os.path.join(HERE, script), url],
        env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=120)
    for line in done.stdout.splitlines():
        if line.startswith("BENCH "):
            n, us, errors, p50, p99 = (float(x) for x in line.split()[1:])
            if errors:
                raise RuntimeError(f"{int(errors)} of {int(n)} requests failed at {url}")
            return n / us * 1e6, p50, p99
    raise RuntimeError(done.stdout + done.stderr)


class McpLoad:
    """One MCP request as wrk wants it."""

    def __init__(self, folder, url, method, params, name=None, server=None):
        self.url = url + "/mcp" + (f"/{server}" if server else "")
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {}}}}
        headers = {"Content-Type": "application/json",
                   "Accept": "application/json, text/event-stream",
                   "MCP-Protocol-Version": VERSION, "Mcp-Method": method}
        if name:
            headers["Mcp-Name"] = name
        stem = os.path.join(folder, f"{len(os.listdir(folder))}")
        with open(stem + ".body", "w") as f:
            json.dump(body, f)
        with open(stem + ".headers", "w") as f:
            f.write("".join(f"{k}: {v}\n" for k, v in headers.items()))
        self.env = {"BENCH_BODY": stem + ".body", "BENCH_HEADERS": stem + ".headers"}

    def __call__(self, connections, seconds):
        return wrk(self.url, connections, seconds, "post.lua", self.env)


# Ten hits of each, whatever there is.
SEARCHES = ["create weather", "create"]


def cold_python(times=5):
    """Median seconds of `python3 -c pass`: a tool call without a sandbox."""
    took = []
    for _ in range(times):
        t = time.perf_counter()
        subprocess.run(["/usr/bin/python3", "-I", "-c", "pass"], check=True)
        took.append(time.perf_counter() - t)
    return statistics.median(took) * 1e6


def growth(folder, rounds, seconds, keep):
    """The first page of the list and a search, with 10 tools and with 10,000."""
    with Instance(env={"MCPBOX_NGINX_RATE_MCP": "100000r/s"}, name="g") as few, \
            Instance(env={"MCPBOX_NGINX_RATE_MCP": "100000r/s"}, name="h") as lots:
        print("making 10 and 10,000 tools …", flush=True)
        seed.many(few, "many", 1, 10)
        seed.many(lots, "many", 1, 10000)
        load = {}
        for inst, n in ((few, 10), (lots, 10000)):
            load["list", n] = McpLoad(folder, inst.gateway_url, "tools/list", {})
            for words in SEARCHES:
                load[words, n] = McpLoad(
                    folder, inst.gateway_url, "tools/call",
                    {"name": "mcpbox_search_tools", "arguments": {"search": words}},
                    "mcpbox_search_tools")
        for one in load.values():
            one(4, 1)  # every worker has planned its statements
        for n in range(rounds):
            print(f"growth: round {n + 1} of {rounds}", flush=True)
            for (what, size), one in load.items():
                keep(f"{what} {size}", one(1, seconds)[1])
        # What is not cached is read row by row: a page of the same length.
        seed.many(few, "many", 11, 100)
        here = {n: McpLoad(folder, inst.gateway_url, "tools/list", {}, server="many")
                for inst, n in ((few, 100), (lots, 10000))}
        for n in range(rounds):
            for size, one in here.items():
                keep(f"endpoint {size}", one(1, seconds)[1])
        for _ in range(20 * rounds):
            keep("cold 100", cold_list(few))
            keep("cold 10000", cold_list(lots))


def cold_list(inst):
    """Microseconds of a first page that nobody has asked for before: every
    change of a tool makes it so."""
    seed.sql(inst, "NOTIFY mcpbox, 'tools'")
    time.sleep(0.02)
    client = McpClient(inst.gateway_url)
    client.request("server/discover")
    t = time.perf_counter()
    client.request("tools/list")
    took = time.perf_counter() - t
    client.close()
    return took * 1e6


def house(args):
    """Rows of whole instances, through nginx."""
    samples = {}

    def keep(name, value):
        samples.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as folder, Floor() as floor, \
            Instance(env={"MCPBOX_NGINX_RATE_MCP": "100000r/s"}, name="p") as inst:
        inst.setup()
        auth = inst.bearer()
        print(f"making {args.tools} approved tools …", flush=True)
        seed.live_server(inst, auth, "bench", {f"add{i}": seed.ADD for i in range(args.tools)})
        names = [t["name"] for t in McpClient(inst.gateway_url).tools()]
        assert sum(n.startswith("bench__") for n in names) == args.tools, len(names)

        discover = McpLoad(folder, inst.gateway_url, "server/discover", {})
        listing = McpLoad(folder, inst.gateway_url, "tools/list", {})
        call = McpLoad(folder, inst.gateway_url, "tools/call",
                       {"name": "bench__add0", "arguments": {"a": 2, "b": 40}}, "bench__add0")
        call(1, 1)  # the server's zygote starts with the first call

        for n in range(args.rounds):
            print(f"round {n + 1} of {args.rounds}", flush=True)
            keep("return200 c32", wrk(floor.url, 32, args.seconds, "get.lua")[0])
            keep("return200 c1", wrk(floor.url, 1, args.seconds, "get.lua")[1])
            keep("discover c32", discover(32, args.seconds)[0])
            keep("list c32", listing(32, args.seconds)[0])
            rps, p50, p99 = call(1, args.seconds)
            keep("call c1 p50", p50)
            keep("call c1 p99", p99)
            keep("call c8", call(8, args.seconds)[0])
            keep("cold python", cold_python())

    with tempfile.TemporaryDirectory() as folder:
        growth(folder, args.rounds, args.seconds, keep)

    m = {k: statistics.median(v) for k, v in samples.items()}
    return [
        row("nginx return 200, 32 clients", m["return200 c32"], "req/s"),
        row("nginx return 200, 1 client, p50", m["return200 c1"], "us"),
        row("server/discover, 32 clients", m["discover c32"], "req/s",
            "nginx return 200", m["return200 c32"]),
        row(f"tools/list of {args.tools} tools, 32 clients", m["list c32"], "req/s",
            "nginx return 200", m["return200 c32"]),
        row("cold python3 -c pass", m["cold python"], "us"),
        row("tools/call isolated, 1 client, p50", m["call c1 p50"], "us",
            "cold python3", m["cold python"], faster=True),
        row("tools/call isolated, 1 client, p99", m["call c1 p99"], "us",
            "cold python3", m["cold python"], faster=True),
        row("tools/call isolated, 8 clients", m["call c8"], "calls/s",
            "1 / cold python3", 1e6 / m["cold python"]),
        row("tools/list, first page of 10,000, p50", m["list 10000"], "us",
            "the same with 10 tools", m["list 10"], GROWTH_TARGET, faster=True),
        row("tools/list of one server, first page of 10,000, p50", m["endpoint 10000"], "us",
            "the same with 100 tools", m["endpoint 100"], GROWTH_TARGET, faster=True),
        row("tools/list, first page of 10,000, not cached", m["cold 10000"], "us",
            "the same with 100 tools", m["cold 100"], GROWTH_TARGET, faster=True),
        *(row(f"search of 10,000, \"{words}\", p50", m[f"{words} 10000"], "us",
              "the same with 10 tools", m[f"{words} 10"], GROWTH_TARGET, faster=True)
          for words in SEARCHES),
    ]

def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seconds", type=int, default=1)
    ap.add_argument("--tools", type=int, default=100)
    ap.add_argument("--only", choices=("house", "sandbox"))
    args = ap.parse_args()

    rows, switches = [], []
    if args.only != "sandbox":
        rows += house(args)
    if args.only != "house":
        more, switches = sandbox.measure(args.rounds, args.seconds)
        rows += more
    table(rows)
    if switches:
        sandbox.show(switches)
    os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
    with open(os.path.join(ROOT, "build", "bench.json"), "w") as f:
        json.dump({"machine": {"cores": os.cpu_count(), "kernel": platform.release()},
                   "rounds": args.rounds, "rows": rows, "switches": switches}, f, indent=1)
        f.write("\n")
    missed = [r["name"] for r in rows if r["met"] is False]
    if missed:
        print("missed: " + ", ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
