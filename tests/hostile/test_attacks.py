"""Native attacks with the language policy off: exact outcomes.

After each one a probe call must find nothing changed.
"""

import os

import pytest

import box

with open(os.path.join(os.path.dirname(__file__), "attacks.py"), encoding="utf-8") as f:
    ATTACKS = f.read()

PROBE = """
import builtins, json, sys
async def main():
    return [hasattr(builtins, 'POISON'), json.dumps is None, '__tool__' in sys.modules,
            'decimal' in sys.modules and sys.modules['decimal'] is None]
"""

FORBIDDEN = "forbidden_syscall"
KILLED = (
    "mknod chown setxattr handle name_to_handle inotify fanotify listen_raw "
    "accept_raw sendto_raw pass_descriptor take_descriptor setsockopt shutdown "
    "memfd_secret kill_zygote kill_parent_pidfd pidfd_signal pidfd_getfd "
    "ptrace_parent vm_read vm_write process_madvise kcmp f_setown f_setsig "
    "f_notify setpgid setsid sched_realtime nice_others setuid setresuid "
    "setgroups capset keyctl add_key chroot pivot_root mount umount open_tree "
    "fsopen unshare setns personality arch_prctl seccomp_again landlock_more "
    "limits_of_parent io_uring bpf userfaultfd perf_event load_module kexec "
    "reboot settime adjtime sysv_shm sysv_msg sysv_sem mq_open timerfd signalfd "
    "timer_create splice sendfile vmsplice syslog quotactl acct swapon hostname "
    "iopl modify_ldt rt_sigqueue membarrier pkey_alloc unknown_call x32 ksm "
    "pkey_executable thread_with_namespace negative_call lock_memory"
).split()

# name: what the attack's own code saw
DENIED = {
    "read_shadow": ["ENOENT"] * 3,
    "read_shadow_raw": ["ENOENT", "ENOENT"],
    "list_root": "EACCES",  # Landlock
    "list_kernel": ["ENOENT"] * 6,
    "read_self": ["ENOENT"] * 3,
    "dot_dot_library": "ENOENT",
    "write_anywhere": ["EROFS"] * 4,
    "write_modes": ["EROFS"] * 5,
    "tmpfile": ["EROFS", "EROFS"],
    "change_tree": ["EROFS"] * 8,
    "leave_tree": ["EACCES", "EINVAL", "ENOSYS"],
    "sockets": ["EACCES"] * 6,
    "socketpair": "EACCES",
    "connect_raw": "EACCES",
    "bind_raw": "EACCES",
    "fork": ["EPERM"] * 3,
    "fork_by_clone": ["EPERM", "EPERM"],
    "fork_by_clone3": "ENOSYS",
    "threads": 0,
    "execute": ["EACCES", "EACCES"],
    "memfd": "EPERM",
    "kill_all": ["EPERM"] * 4,
    "set_affinity": "EPERM",
    "prctl_undo": ["EPERM"] * 4,
    "raise_limits": ["ValueError"] * 5,
    "setrlimit_raw": "EPERM",
    "epoll": ["EMFILE", "EMFILE", "EMFILE", "EMFILE"],
    "terminal_input": "ENOTTY",
    "executable_memory": ["EACCES", "EACCES", "EACCES"],
    "make_executable": "EACCES",
    "load_library": True,
    "big_map": ["ENOMEM"],
    "json_bomb": "RecursionError",
    "own_sigkill": ["EPERM", "ret 0"],  # pid 1 does not die of its own signals
    "read_ahead": ["ENOTTY", []],
    "stdout_descriptor": ["3", "3"],
    "descriptors": [0, 1, 2, 3],
    "identity": [1, 0, True, {}, "sandbox"],
    "search_memory": 0,
    "poison": "poisoned",
    "print_flood": "done",
}

# name: (outcome, signal)
ENDS = {
    "big_bytes": ("memory_limit", 0),
    "drip": ("memory_limit", 0),
    "big_int": ("memory_limit", 0),
    "big_text": ("memory_limit", 0),
    "spin": ("timeout", 9),
    "sleep": ("timeout", 9),
    "poll_forever": ("timeout", 9),
    "block_signals": ("timeout", 9),
    "close_and_spin": ("timeout", 9),
    "null_pointer": ("crashed", 11),
    "abort": ("crashed", 11),  # pid 1 survives SIGABRT; abort() goes on to hlt
    "exit_now": ("exited", 0),
    "exit_zero": ("exited", 0),
    "flood": ("output_limit", 9),
    "flood_output": ("output_limit", 9),
    "flood_empty": ("output_limit", 9),
    "flood_logs": ("output_limit", 9),
    "flood_changes": ("output_limit", 9),
    "false_length": ("output_limit", 9),
    "short_result": ("exited", 0),
    "wrong_magic": ("output_limit", 9),
    "false_exit": ("output_limit", 9),
    "false_run": ("output_limit", 9),
    "unknown_frame": ("output_limit", 9),
    "bad_text": ("output_limit", 9),
    "two_results": ("result", 0),
    "own_result_then_crime": ("result", 0),
    "large_result": ("output_limit", 0),
    "stack_overflow": ("tool_error", 0),
    "own_sigsegv": ("result", 0),
    "native_recursion": ("tool_error", 0),
}


def probe(s):
    answer = s.call(PROBE)
    assert answer.outcome == "result", answer
    assert answer.result == [False, False, True, False]


def run(s, name):
    hangs = ENDS.get(name, ("", 0))[0] == "timeout"
    return s.call(
        ATTACKS, {"name": name}, wall_ms=1000 if hangs else 20000, cpu_ms=30000
    )


@pytest.mark.parametrize("name", KILLED)
def test_killed(bare, name):
    answer = run(bare, name)
    assert (answer.outcome, answer.exit["signal"]) == (FORBIDDEN, 31), answer
    assert answer.result is None and answer.error is None
    probe(bare)


@pytest.mark.parametrize("name", sorted(DENIED))
def test_denied(bare, name):
    answer = run(bare, name)
    assert answer.outcome == "result", answer
    assert answer.result == DENIED[name]
    probe(bare)


@pytest.mark.parametrize("name", sorted(ENDS))
def test_ends(bare, name):
    answer = run(bare, name)
    assert (answer.outcome, answer.exit["signal"]) == ENDS[name], answer
    probe(bare)


def test_no_attack_is_forgotten():
    names = {
        line.split("(")[0][4:]
        for before, line in zip(ATTACKS.splitlines(), ATTACKS.splitlines()[1:])
        if before == "@attack"
    }
    tested = set(KILLED) | set(DENIED) | set(ENDS) | {"randomness"}
    assert names == tested
    assert len(names) >= 140


def test_result_is_the_first_one(bare):
    assert run(bare, "two_results").result == "first"
    assert run(bare, "own_result_then_crime").result == "mine"


def test_exit_status_is_reported(bare):
    assert run(bare, "exit_now").exit["status"] == 7


def test_print_flood_is_cut_and_counted(bare):
    answer = run(bare, "print_flood")
    assert len(answer.output) == box.LIMITS["output"]
    assert answer.exit["cut"] == 5000 * 1001 - box.LIMITS["output"]


def test_randomness_differs_between_calls(bare):
    seen = [run(bare, "randomness").result for _ in range(6)]
    for column in zip(*seen):
        assert len(set(column)) == len(seen), column


def test_threads_are_counted_exactly(bare):
    code = ATTACKS.replace("5,", "0.5,")
    answer = bare.call(code, {"name": "threads"}, threads=16)
    assert answer.outcome == "result", answer
    assert answer.result == 15


def test_secret_of_another_run_is_not_in_memory(bare):
    code = "async def main(): return len(secrets['K'])"
    for _ in range(3):
        answer = bare.call(code, secrets={"K": "CANARY-" + "4f1d" * 100})
        assert answer.result == 407
    assert run(bare, "search_memory").result == 0
