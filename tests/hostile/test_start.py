"""Starting: --selfcheck, levels, refusals, modes of keeping user ids apart."""

import json
import os
import shutil
import subprocess
import tempfile

import pytest

import box
from test_attacks import DENIED, ENDS, FORBIDDEN, run
from test_recovery import children, zygotes

PROGRAM = os.path.join(box.BUILD, "mcpbox-sandboxd")
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def execute(*args, prefix=(), **settings):
    home = tempfile.mkdtemp(prefix="mcpbox-start-")
    env = {"PATH": "/usr/bin:/bin", "MCPBOX_HOME": home, "MCPBOX_RUN_PROGRAM": box.RUN_PROGRAM,
           "MCPBOX_EGRESS_USER": box.EGRESS_USER}
    env.update(settings)
    try:
        return subprocess.run(
            [*prefix, PROGRAM, *args], env=env, capture_output=True, text=True, timeout=60, cwd="/"
        )
    finally:
        shutil.rmtree(home)


def selfcheck(*prefix, **settings):
    r = execute("--selfcheck", prefix=prefix, **settings)
    return r, json.loads(r.stdout.splitlines()[-1])


def test_selfcheck():
    r, data = selfcheck()
    assert r.returncode == 0, r.stdout + r.stderr
    assert data["ok"] is True
    states = {x["name"]: (x["state"], x["required"]) for x in data["layers"]}
    assert len(states) == 13
    assert all(state == "on" for state, required in states.values() if required)
    lines = r.stdout.splitlines()[:-1]
    assert [line.split()[0] for line in lines] == list(states) + ["probe", "egress"]
    # Not a wall: without it the sandbox holds, and tools have no network.
    assert data["egress"]["ok"] is True


def test_selfcheck_names_what_is_missing():
    # A cgroup is never delegated to a test.
    r, data = selfcheck(MCPBOX_SANDBOX_MIN_LEVEL="full")
    if r.returncode == 0:
        pytest.skip("a delegated cgroup")
    assert data["ok"] is False
    assert "layer cgroup" in data["detail"] and "Delegate=yes" in data["detail"]


def test_refuses_to_start_below_the_level():
    r = execute(MCPBOX_SANDBOX_MIN_LEVEL="full")
    assert r.returncode == 1
    assert "not starting" in r.stderr and "layer cgroup" in r.stderr


@ROOT_ONLY
@pytest.mark.parametrize("user", ["nobody-of-that-name", "root", "0", "-1"])
@pytest.mark.parametrize("args", [(), ("--selfcheck",)])
def test_refuses_to_start_without_a_user_for_egress(user, args):
    """Nothing else would be as safe; it says what to do."""
    r = execute(*args, MCPBOX_EGRESS_USER=user)
    assert r.returncode == 1
    assert "MCPBOX_EGRESS_USER" in r.stderr and "useradd --system" in r.stderr
    assert user in r.stderr and '"ready"' not in r.stderr


def test_missing_program_is_named():
    r = execute(MCPBOX_RUN_PROGRAM="/no/such/program")
    assert r.returncode == 1
    assert "mcpbox-run did not start" in r.stderr


def test_mistyped_setting():
    r = execute(MCPBOX_SANDBOX_SPAERS="1")
    assert r.returncode == 2
    assert "MCPBOX_SANDBOX_SPAERS" in r.stderr


def test_help_version_mdoc_usage():
    r = execute("--help")
    assert r.returncode == 0 and "MCPBOX_SANDBOX_SPARES" in r.stdout
    assert execute("--version").stdout.startswith("mcpbox-sandboxd ")
    assert ".It" in execute("--mdoc").stdout
    assert execute("--bogus").returncode == 2


def test_run_program_is_not_for_people():
    r = subprocess.run([box.RUN_PROGRAM], capture_output=True, text=True)
    assert r.returncode == 2 and "not by hand" in r.stderr


def test_what_is_linked():
    def libraries(path):
        return subprocess.run(["ldd", path], capture_output=True, text=True).stdout

    for program in (PROGRAM, box.RUN_PROGRAM):
        for name in ("libpython", "libssl", "libcrypto", "libjansson", "libpq", "libcurl"):
            assert name not in libraries(program), (program, name)


@ROOT_ONLY
def test_plain_user_selfcheck():
    prefix = ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    r, data = selfcheck(*prefix, MCPBOX_HOME="/nonexistent")
    assert r.returncode == 0 and data["ok"], r.stdout + r.stderr


@ROOT_ONLY
@pytest.mark.parametrize("userns", ["on", "off"])
def test_no_group_of_the_starter_is_left(fresh, userns):
    """root's supplementary groups open files of groups: none may be inherited."""
    mine = os.getgroups()
    os.setgroups([0, 4, 24])
    try:
        s = fresh(MCPBOX_SANDBOX_USERNS=userns)
    finally:
        os.setgroups(mine)
    assert s.call("async def main(): return 1").result == 1
    seen = []
    for zygote in zygotes(s):
        for pid in [zygote, *children(zygote)]:
            with open("/proc/%d/status" % pid) as f:
                seen += [line.split()[1:] for line in f if line.startswith("Groups:")]
    assert len(seen) >= 3
    assert seen == [[]] * len(seen)


@ROOT_ONLY
def test_without_user_namespaces(fresh):
    s = fresh(MCPBOX_LANGUAGE_POLICY="off", MCPBOX_SANDBOX_USERNS="off")
    detail = s.report()["layers"][0]["detail"]
    assert detail.startswith("no user namespace, real uid ")
    uids = {s.call("import os\nasync def main(): return os.getuid()").result for _ in range(3)}
    assert all(uid > 1000000 for uid in uids)
    for name in ("read_shadow", "write_anywhere", "fork", "kill_all", "identity", "descriptors", "raise_limits"):
        assert run(s, name).result == DENIED[name], name
    for name in ("setuid", "setresuid", "capset", "mount", "unshare", "chroot", "ptrace_parent", "reboot"):
        assert run(s, name).outcome == FORBIDDEN, name
    for name in ("drip", "spin", "exit_now"):
        assert run(s, name).outcome == ENDS[name][0], name


def test_userns_off_needs_root():
    prefix = [] if os.geteuid() else ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    r = execute(prefix=prefix, MCPBOX_SANDBOX_USERNS="off")
    assert r.returncode == 2 and "root only" in r.stderr


def in_namespace_without_more(script, mapping):
    """Runs a shell script as root of a user namespace that allows no other."""
    p = subprocess.Popen(
        # The second shell is root: the first was executed before the mapping.
        ["unshare", "-U", "-m", "sh", "-c", 'read go; exec sh -c "$0"',
         "echo 0 > /proc/sys/user/max_user_namespaces; " + script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # An unknown MCPBOX_* is an error, and the test runner has its own.
        env={k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_")},
    )
    own = os.readlink("/proc/self/ns/user")
    box.wait_for(lambda: os.readlink("/proc/%d/ns/user" % p.pid) != own, what="unshare")
    for name in ("uid_map", "gid_map"):
        with open("/proc/%d/%s" % (p.pid, name), "w") as f:
            f.write(mapping)
    out, _ = p.communicate("go\n", timeout=60)
    return p.returncode, out


@ROOT_ONLY
def test_root_falls_back_to_real_ids():
    command = "MCPBOX_EGRESS_USER=999999 MCPBOX_HOME=/tmp MCPBOX_RUN_PROGRAM=%s exec %s --selfcheck" % (box.RUN_PROGRAM, PROGRAM)
    status, out = in_namespace_without_more(command, "0 0 3000000")
    assert status == 0, out
    assert "no user namespaces here" in out
    assert "no user namespace, real uid" in out
    assert '"ok":true' in out


@ROOT_ONLY
def test_no_user_namespaces_and_no_ids():
    command = "MCPBOX_EGRESS_USER=999999 MCPBOX_HOME=/tmp MCPBOX_RUN_PROGRAM=%s MCPBOX_SANDBOX_USERNS=on exec %s --selfcheck" % (
        box.RUN_PROGRAM,
        PROGRAM,
    )
    status, out = in_namespace_without_more(command, "0 0 3000000")
    assert status == 1
    data = json.loads(out.splitlines()[-1])
    assert data["ok"] is False
    assert data["detail"].startswith("layer user: cannot create the namespaces: No space left on device.")
    assert "max_user_namespaces" in data["detail"]
