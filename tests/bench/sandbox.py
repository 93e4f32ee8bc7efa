"""What an isolated call costs: on sandboxd's own socket, against floors.

Everything is measured in interleaved rounds of one run: floors (a cold
interpreter, bubblewrap, nsjail), a plain pool (the same sandbox with each
trick off: forks with the interpreter's hooks, no warm-up), the sandbox as it
is delivered, and the sandbox with each trick off in turn.  CPU time is user
and system time of sandboxd, its zygotes and all children, from /proc.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "hostile"))
import box  # noqa: E402
from rows import row  # noqa: E402

CALLS = os.path.join(box.ROOT, "build", "release", "bench", "calls")
WORK = os.path.join(HERE, "work.py")
PYTHON = ["/usr/bin/python3", "-c", "pass"]
TICK = os.sysconf("SC_CLK_TCK")
SETTLE = 0.15  # seconds in which children that were killed are reaped
GAP_MS = "20"  # between calls that meet a warm child
SWITCHES = {  # name: (setting, as delivered)
    "lean fork": ("LEAN_FORK", "on"),
    "populate": ("POPULATE", "on"),
    "pin": ("PIN", "on"),
    "learn": ("LEARN", "on"),
    "pack": ("PACK", "on"),
    "huge text": ("HUGE_TEXT", "on"),
    "huge heap": ("HUGE_HEAP", "on"),
    "rehearse": ("REHEARSE", "off"),
}
OTHER = "22222222-2222-4222-8222-222222222222"
ALL_OFF = {name: "off" for name, _ in SWITCHES.values()}
OPPOSITE = {"on": "off", "off": "on"}


# --- floors ---------------------------------------------------------------------


def nsjail():
    """The command that isolates about as much, or None."""
    program = os.environ.get("NSJAIL") or shutil.which("nsjail")
    if program is None:
        return None
    return [program, "-Mo", "-Q", "--disable_proc", "-R", "/usr", "-R", "/lib", "-R", "/lib64",
            "--"] + PYTHON


def bwrap():
    program = shutil.which("bwrap")
    if program is None:
        return None
    return [program, "--unshare-all", "--die-with-parent", "--ro-bind", "/usr", "/usr",
            "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"] + PYTHON


def took_us(command, times=3):
    took = []
    for _ in range(times):
        t = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took.append((time.perf_counter() - t) * 1e6)
    return statistics.median(took)


# --- a sandbox --------------------------------------------------------------------


def _stat(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()


def _tree(pid):
    found, todo = [], [pid]
    while todo:
        pid = todo.pop()
        found.append(pid)
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as f:
                todo += [int(x) for x in f.read().split()]
        except OSError:
            pass
    return found


class Jail:
    """One sandboxd with these settings, and a tool that is called there."""

    made = 0

    def __init__(self, code=None, **settings):
        # User ids of its own: what zygotes pin is counted by user.
        Jail.made += 1
        settings.setdefault("UID_BASE", str(1000000 + 100000 * Jail.made))
        self.code = ["--code", code] if code else []
        self.box = box.Sandboxd(
            MCPBOX_SANDBOX_MAX_CALLS="1000000000", MCPBOX_SANDBOX_MAX_AGE_SECONDS="86400",
            MCPBOX_LOG_LEVEL="warning",
            **{"MCPBOX_SANDBOX_" + k: v for k, v in settings.items()})

    def warm(self):
        self.calls("--calls", "12", "--gap-ms", GAP_MS)

    def calls(self, *options):
        """(calls, seconds, p5, p50, p95, p99 in us)"""
        done = subprocess.run([CALLS, self.box.socket, *self.code, *options],
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(done.stderr + self.box.log()[-2000:])
        n, us, *quantiles = (float(x) for x in done.stdout.split()[1:])
        return (n, us / 1e6, *(q / 1e3 for q in quantiles))

    def used(self):
        """CPU seconds and page faults of all that ever lived below it."""
        cpu = faults = 0
        for pid in _tree(self.box.process.pid):
            try:
                f = _stat(pid)
            except OSError:
                continue
            cpu += sum(int(x) for x in f[11:15])
            faults += int(f[8])
        return cpu / TICK, faults

    def latency(self, *options):
        """p50 in us of calls that each meet a warm child."""
        return self.calls("--calls", "40", "--gap-ms", GAP_MS, *options)[3]

    def load(self, clients, seconds):
        """calls/s, CPU us a call, faults a call."""
        time.sleep(SETTLE)
        cpu, faults = self.used()
        n, elapsed = self.calls("--clients", str(clients), "--seconds", str(seconds))[:2]
        time.sleep(SETTLE)
        cpu2, faults2 = self.used()
        return n / elapsed, (cpu2 - cpu) / n * 1e6, (faults2 - faults) / n

    def spare_kib(self):
        """Private memory of an idle child, KiB; None where it may not be seen."""
        box.wait_for(lambda: self._spares(), what="a spare")
        sizes = []
        for pid in self._spares():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as f:
                    sizes.append(sum(int(x.split()[1]) for x in f if x.startswith("Private_")))
            except OSError:
                pass
        return max(sizes) if sizes else None

    def _spares(self):
        """Children of the zygotes that run tools."""
        if not all(z["warming"] == z["dying"] == z["busy"] == 0
                   for z in self.box.report()["zygotes"]):
            return []
        depth = {self.box.process.pid: 0}
        for pid in _tree(self.box.process.pid)[1:]:
            try:
                depth[pid] = depth.get(int(_stat(pid)[1]), 99) + 1
            except OSError:
                pass
        return [pid for pid, d in depth.items() if d == 3]

    def stop(self):
        self.box.stop()


# --- the rows -----------------------------------------------------------------------


class Samples(dict):
    def keep(self, name, value):
        self.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self[name])


def _floors(s):
    s.keep("cold", took_us(PYTHON))
    for name, command in (("nsjail", nsjail()), ("bwrap", bwrap())):
        if command is not None:
            s.keep(name, took_us(command))


def _measure(s, name, jail, seconds, options=()):
    s.keep(name + " p50", jail.latency(*options))
    rate, cpu, faults = jail.load(8, seconds)
    s.keep(name + " rate", rate)
    s.keep(name + " cpu", cpu)
    s.keep(name + " faults", faults)


def _against(s, rows, name, target=None):
    if name in s:
        for way, key, goal in (("through sandboxd", "box p50", None),
                               ("directly", "leased p50", target)):
            rows.append(row(f"call of a warm child {way}, p50", s.median(key), "us", name,
                            s.median(name), target=goal, faster=True))
    else:
        print(f"{name} is not installed (PATH{', $NSJAIL' if name == 'nsjail' else ''}): "
              f"the row against it is left out", flush=True)


def _rows(s, spare):
    rows = [row("cold python3 -c pass", s.median("cold"), "us")]
    for name in ("bwrap", "nsjail"):
        if name in s:
            rows.append(row(f"{name} … python3 -c pass", s.median(name), "us"))
    _against(s, rows, "cold", 20)
    _against(s, rows, "bwrap")
    _against(s, rows, "nsjail", 40)
    rows.append(row("CPU of a call, 8 clients", s.median("box cpu"), "us", "plain pool",
                    s.median("plain cpu"), target=0.35, at_most=True))
    rows.append(row("isolated calls, 8 clients", s.median("box rate"), "calls/s", "plain pool",
                    s.median("plain rate")))
    rates = [s.median(f"rate {n}") for n in (1, 8, 32)]
    rows.append(row("throughput 1/8/32 clients, least", min(rates), "calls/s", "greatest",
                    max(rates), target=0.8))
    if spare is not None:
        rows.append(row("idle spare, private memory", spare, "KiB", "1 MiB", 1024, target=1,
                        at_most=True))
    return rows


def _busy(jail, *options):
    """p50 of one server's calls while another's keep sandboxd busy."""
    others = subprocess.Popen(
        [CALLS, jail.box.socket, "--env", OTHER, "--clients", "4", "--gap-ms", "5",
         "--seconds", "2"], stdout=subprocess.DEVNULL)
    try:
        time.sleep(SETTLE)
        return jail.latency(*options)
    finally:
        others.wait()


def _switches(s):
    table = []
    for name, (_, delivered) in SWITCHES.items():
        here = "work " if name == "learn" else ""
        mine, other = here + "box", "no " + name
        on, off = (mine, other) if delivered == "on" else (other, mine)
        table.append({"switch": name, "delivered": delivered, **{
            f"{what}_{state}": s.median(f"{which} {what}")
            for what in ("p50", "cpu", "faults")
            for state, which in (("on", on), ("off", off))}})
    for name, mine, other in (("leases", "leased p50", "box p50"),
                              ("leases, busy", "leased busy p50", "box busy p50")):
        table.append({"switch": name, "delivered": "on", "p50_on": s.median(mine),
                      "p50_off": s.median(other), "cpu_on": None, "cpu_off": None,
                      "faults_on": None, "faults_off": None})
    return table


def show(table):
    print(f"\n{'switch':<12} {'as is':<6} {'p50 on':>8} {'off':>8} {'CPU on':>8} {'off':>8} "
          f"{'faults on':>10} {'off':>6}   (us, us a call, a call)")
    for t in table:
        print(f"{t['switch']:<12} {t['delivered']:<6} {t['p50_on']:>8.0f} {t['p50_off']:>8.0f}",
              end="")
        if t["cpu_on"] is not None:
            print(f" {t['cpu_on']:>8.0f} {t['cpu_off']:>8.0f} {t['faults_on']:>10.0f} "
                  f"{t['faults_off']:>6.0f}", end="")
        print()


def measure(rounds, seconds):
    """The rows, and the table of switches."""
    s = Samples()
    jails = {"box": Jail(), "plain": Jail(**ALL_OFF), "work box": Jail(code=WORK)}
    for name, (setting, delivered) in SWITCHES.items():
        jails["no " + name] = Jail(code=WORK if name == "learn" else None,
                                   **{setting: OPPOSITE[delivered]})
    try:
        for jail in jails.values():
            jail.warm()
        for n in range(rounds):
            print(f"sandbox: round {n + 1} of {rounds}", flush=True)
            _floors(s)
            for name, jail in jails.items():
                _measure(s, name, jail, seconds)
            s.keep("leased p50", jails["box"].latency("--lease", "1"))
            s.keep("leased busy p50", _busy(jails["box"], "--lease", "1"))
            s.keep("box busy p50", _busy(jails["box"]))
            # As many spares as this load needs are made in its first moments.
            for clients in (1, 8, 32):
                jails["box"].calls("--clients", str(clients), "--seconds", "1")
                s.keep(f"rate {clients}", jails["box"].load(clients, seconds)[0])
        spare = jails["box"].spare_kib()
    finally:
        for jail in jails.values():
            jail.stop()
    return _rows(s, spare), _switches(s)
