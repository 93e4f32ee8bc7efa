"""The same walls for a plain user with user namespaces, without root."""

import pytest

import box
from test_attacks import ATTACKS, DENIED, ENDS, FORBIDDEN, KILLED, probe, run

# Every third, and what depends on user ids.
SOME_KILLED = sorted(KILLED)[::3] + ["setuid", "setresuid", "setgroups", "ptrace_parent", "vm_read"]
SOME_DENIED = sorted(DENIED)
SOME_ENDS = ("drip", "spin", "null_pointer", "exit_now", "flood", "false_length")


@pytest.mark.parametrize("name", sorted(set(SOME_KILLED)))
def test_killed(plain, name):
    assert run(plain, name).outcome == FORBIDDEN
    probe(plain)


@pytest.mark.parametrize("name", SOME_DENIED)
def test_denied(plain, name):
    answer = run(plain, name)
    assert answer.outcome == "result", answer
    assert answer.result == DENIED[name]
    probe(plain)


@pytest.mark.parametrize("name", SOME_ENDS)
def test_ends(plain, name):
    answer = run(plain, name)
    assert (answer.outcome, answer.exit["signal"]) == ENDS[name], answer
    probe(plain)


def test_threads_when_allowed(plain):
    answer = plain.call(ATTACKS.replace("range(1000)", "range(5)"), {"name": "threads"}, threads=16)
    assert answer.result == 5


def test_two_servers(plain):
    code = "import os\nasync def main(): return os.getuid()"
    assert plain.call(code, env=box.new_env()).result == plain.call(code, env=box.new_env()).result == 1


def test_report_says_it(plain):
    layers = {x["name"]: x for x in plain.report()["layers"]}
    assert "plain user" in layers["user"]["detail"]
    assert all(x["state"] == "on" for x in layers.values() if x["required"])
