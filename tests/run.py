#!/usr/bin/python3
"""make test: every stage, against real instances, one line at the end.

    tests/run.py [--build release | asan | …] [--only stage,…] [--skip stage,…]

Without --build everything runs on the release build, then what exercises our
C runs once more on the sanitised one (ASan and UBSan).

A stage counts what its own runner counted (JUnit XML, or the line of
run-unit.sh).  A stage that could not run at all counts as one failure.
The last line is "N passed, N failed" (", N skipped" when some were).
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness.instance import ROOT, Instance  # noqa: E402

ARTIFACTS = os.path.join(ROOT, "tests", "artifacts")
NODE_BIN = os.path.join(ROOT, "tests", "node_modules", ".bin")


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed=0, failed=0, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def junit(self, path):
        """Counts test cases of a JUnit file; False when there is none."""
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                # Failure texts may hold escape codes, which XML forbids.
                text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", f.read())
            root = ET.fromstring(text)
        except (OSError, ET.ParseError):
            return False
        cases = list(root.iter("testcase"))
        for case in cases:
            kinds = {child.tag for child in case}
            if kinds & {"failure", "error"}:
                self.add(failed=1)
            elif "skipped" in kinds:
                self.add(skipped=1)
            else:
                self.add(passed=1)
        return bool(cases)


class Runner:
    def __init__(self):
        self.build = "release"
        self.tally = Tally()
        self.failures = []

    def say(self, text):
        print(f"\n=== {text}", flush=True)

    def command(self, argv, env=None, timeout=1200):
        return subprocess.run(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                              timeout=timeout).returncode

    def fail(self, name, why):
        self.tally.add(failed=1)
        self.failures.append(f"{name}: {why}")
        print(f"FAILED {name}: {why}", flush=True)

    def counted(self, name, argv, report, env=None, timeout=1200):
        """Runs a test program that writes a JUnit report."""
        if os.path.exists(report):
            os.unlink(report)
        before = self.tally.failed
        try:
            code = self.command(argv, env, timeout)
        except subprocess.TimeoutExpired:
            self.tally.junit(report)
            self.fail(name, f"still running after {timeout} s")
            return
        if not self.tally.junit(report):
            self.fail(name, f"ran no test (exit {code})")
        elif code != 0 and self.tally.failed == before:
            self.fail(name, f"exit {code}")
        elif self.tally.failed > before:
            self.failures.append(f"{name}: {self.tally.failed - before} failed")

    def pytest(self, name, paths, env=None, timeout=1200):
        env = dict(env if env is not None else os.environ)
        env["PYTHONPATH"] = os.path.join(ROOT, "tests")
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        env["MCPBOX_TEST_BUILD"] = self.build
        report = os.path.join(ARTIFACTS, f"{name}-{self.build}.xml")
        self.counted(name, ["/usr/bin/python3", "-m", "pytest", "-q", "-p",
                            "no:cacheprovider", "--tb=short", f"--junitxml={report}",
                            *paths], report, env, timeout)

    def node(self, name, files, env, timeout=600):
        env = dict(env)
        env["PATH"] = NODE_BIN + os.pathsep + env["PATH"]
        env["MCPBOX_TEST_ARTIFACTS"] = ARTIFACTS
        report = os.path.join(ARTIFACTS, f"{name}-{self.build}.xml")
        self.counted(name, [os.path.join(NODE_BIN, "node"), "--test",
                            "--test-concurrency=1",
                            "--test-reporter=spec", "--test-reporter-destination=stdout",
                            "--test-reporter=junit", f"--test-reporter-destination={report}",
                            *files], report, env, timeout)

    def clean_logs(self, name, instance):
        reports = instance.sanitizer_reports()
        if reports:
            self.fail(name, "sanitiser reports:\n  " + "\n  ".join(reports[:20]))
        elif self.build == "asan":
            self.tally.add(passed=1)

    # --- stages -------------------------------------------------------------

    def stage_unit(self):
        env = dict(os.environ)
        done = subprocess.run(["make", "-s", "unit", f"BUILD={self.build}"], cwd=ROOT, env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=1200)
        print(done.stdout, end="", flush=True)
        lines = re.findall(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)
        if not lines:
            return self.fail("unit", f"no summary (exit {done.returncode})")
        passed, failed = map(int, lines[-1])
        self.tally.add(passed, failed)
        if failed or done.returncode:
            self.failures.append(f"unit: {failed} failed")

    def stage_page(self):
        """Vitest of the page, through the pinned Node."""
        report = os.path.join(ARTIFACTS, "page.xml")
        self.counted("page", ["npm", "--prefix", "frontend", "run", "-s", "test", "--",
                              "--reporter=default", "--reporter=junit",
                              f"--outputFile.junit={report}"], report)

    def stage_sql(self):
        self.pytest("sql", ["tests/sql"])

    def stage_nginx(self):
        self.pytest("nginx", ["tests/nginx"])

    def stage_instance(self):
        self.pytest("instance", ["tests/instance"])

    def stage_hostile(self):
        self.pytest("hostile", ["tests/hostile"], timeout=1800)

    def stage_egress(self):
        self.pytest("egress", ["tests/egress"])

    def stage_toolapi(self):
        """Tools against a world of their own; their http against httpx."""
        self.pytest("toolapi", ["tests/toolapi"])

    def stage_setup(self):
        with Instance(self.build, name="s") as inst:
            env = inst.test_environ()
            env["MCPBOX_TEST_FRESH"] = "1"
            self.pytest("setup", ["tests/api/test_setup.py"], env)
            self.clean_logs("setup", inst)

    def stage_api(self):
        with Instance(self.build, name="a") as inst:
            inst.setup()
            self.pytest("api", ["tests/api", "--ignore=tests/api/test_setup.py"],
                        inst.test_environ())
            self.clean_logs("api", inst)

    def stage_mcp(self):
        """The official clients, against two instances at the same time."""
        with Instance(self.build, name="m") as one, Instance(self.build, name="n") as two:
            one.setup()
            two.setup()
            self.node("mcp", [f"tests/mcp/{n}" for n in sorted(os.listdir(
                os.path.join(ROOT, "tests", "mcp"))) if n.endswith(".test.mjs")],
                {**one.test_environ(), "MCPBOX_TEST_URL_2": two.url,
                 "MCPBOX_TEST_GATEWAY_URL_2": two.gateway_url})
            self.clean_logs("mcp", one)
            self.clean_logs("mcp-2", two)

    def stage_bridge(self):
        """mcpbox-stdio: servers that misbehave, a real one, the official clients."""
        with Instance(self.build, name="d") as inst:
            inst.setup()
            self.pytest("bridge", ["tests/bridge"], inst.test_environ())
            self.node("bridge-clients", ["tests/bridge/story.test.mjs"], inst.test_environ())
            self.clean_logs("bridge", inst)

    def stage_chaos(self):
        self.pytest("chaos", ["tests/chaos"], timeout=1800)

    def stage_browser(self):
        with Instance(self.build, name="b") as inst:
            self.node("browser", [f"tests/browser/{n}" for n in sorted(os.listdir(
                os.path.join(ROOT, "tests", "browser"))) if n.endswith(".test.mjs")],
                {**inst.test_environ(), "MCPBOX_TEST_SETUP_TOKEN": inst.setup_token()})
            self.clean_logs("browser", inst)


STAGES = ["unit", "page", "sql", "nginx", "instance", "hostile", "egress", "toolapi", "setup", "api",
          "mcp", "bridge", "chaos", "browser"]
# What the other stages show does not depend on how our C was compiled.
SANITISED = ["unit", "hostile", "egress", "toolapi", "setup", "api", "mcp", "bridge", "chaos"]

# (stage, the one that it runs beside): both wait for PostgreSQL most of the time.
BESIDE = ("sql", "api")


class Aside:
    """A stage in a process of its own; what it says is shown when it is over."""

    def __init__(self, build, stage):
        self.stage = stage
        self.start = time.monotonic()
        self.out = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--build", build, "--only", stage],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self.out, stderr=subprocess.STDOUT)

    def join(self, runner):
        """Counts it; the seconds that it took."""
        try:
            code = self.process.wait(1200)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        seconds = time.monotonic() - self.start
        self.out.seek(0)
        text = self.out.read()
        print(text, end="", flush=True)
        counts = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", text, re.M)
        if not counts:
            runner.fail(self.stage, f"ran no test (exit {code})")
            return seconds
        passed, failed, skipped = (int(n or 0) for n in counts[-1])
        runner.tally.add(passed, failed, skipped)
        if failed:
            runner.failures.append(f"{self.stage}: {failed} failed")
        elif code != 0:
            runner.fail(self.stage, f"exit {code}")
        return seconds


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--build", choices=["release", "debug", "asan", "cov"])
    ap.add_argument("--only", default="")
    ap.add_argument("--skip", default="")
    ap.add_argument("--list", action="store_true")
    args = ap.parse_args()
    if args.list:
        print("\n".join(STAGES))
        return 0
    unknown = set(filter(None, args.only.split(",") + args.skip.split(","))) - set(STAGES)
    if unknown:
        ap.error(f"no such stage: {', '.join(sorted(unknown))} (see --list)")
    plan = [(args.build or "release", s) for s in STAGES]
    if args.build is None:
        plan += [("asan", s) for s in SANITISED]
    plan = [(b, s) for b, s in plan if (not args.only or s in args.only.split(","))
            and s not in args.skip.split(",")]

    first = plan[0][0] if plan else ""
    beside = all((first, s) in plan for s in BESIDE)
    if beside:
        plan.remove((first, BESIDE[0]))

    os.makedirs(ARTIFACTS, exist_ok=True)
    runner = Runner()
    times = []
    for number, (build, stage) in enumerate(plan, 1):
        runner.build = build
        runner.say(f"{stage} ({number} of {len(plan)}, {build})")
        start = time.monotonic()
        aside = None
        try:
            # Under a sanitiser: the same sources, mcpbox-run excepted.
            if runner.command(["make", "-s", f"-j{os.cpu_count()}", "all", f"BUILD={build}"]) != 0:
                raise RuntimeError("make all failed")
            if beside and (build, stage) == (first, BESIDE[1]):
                aside = Aside(build, BESIDE[0])
            getattr(runner, f"stage_{stage}")()
        except Exception as e:  # a stage must not take the others with it
            runner.fail(stage, f"{type(e).__name__}: {e}")
        times.append((f"{stage} {build}", time.monotonic() - start))
        if aside is not None:
            times.append((f"{BESIDE[0]} {build} (beside)", aside.join(runner)))

    runner.say("summary")
    for stage, seconds in times:
        print(f"  {stage:<22} {seconds:7.1f} s")
    for failure in runner.failures:
        print(f"  FAILED {failure}")
    t = runner.tally
    print(f"{t.passed} passed, {t.failed} failed" + (f", {t.skipped} skipped" if t.skipped else ""),
          flush=True)
    return 1 if t.failed or not t.passed else 0


if __name__ == "__main__":
    if shutil.which("make") is None:
        sys.exit("tests/run.py: make is missing; run packaging/instance.sh deps")
    sys.exit(main())
