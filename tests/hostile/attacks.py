"""What hostile native code tries, run inside the sandbox as one tool.

Only main and the functions below @attack are ever called there.  Raw system
calls go through ctypes, which exists only while the language policy is off.
"""

import asyncio
import builtins
import ctypes
import errno
import gc
import json
import mmap
import os
import random
import select
import signal
import socket
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
ATTACKS = {}


def attack(f):
    ATTACKS[f.__name__] = f
    return f


def sc(number, *args):
    """A raw system call: 'ret N' or the name of the error."""
    ctypes.set_errno(0)
    r = LIBC.syscall(
        ctypes.c_long(number),
        *[ctypes.c_void_p(a) if isinstance(a, int) else a for a in args]
    )
    e = ctypes.get_errno()
    return "ret %d" % r if r != -1 else errno.errorcode.get(e, str(e))


def py(f, *args, **kw):
    """A Python call: its value's repr, or the error's name."""
    try:
        return repr(f(*args, **kw))[:120]
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e.errno))
    except BaseException as e:
        return type(e).__name__


def text(s):
    return ctypes.create_string_buffer(s if isinstance(s, bytes) else s.encode())


def page():
    m = mmap.mmap(-1, 4096)
    return m, ctypes.addressof(ctypes.c_char.from_buffer(m))


# --- files ---


@attack
def read_shadow():
    return [py(open, "/etc/shadow"), py(open, "/etc/passwd"), py(open, "/root/.bashrc")]


@attack
def read_shadow_raw():
    return [sc(2, text("/etc/shadow"), 0), sc(257, -100, text("../../../../etc/shadow"), 0)]


@attack
def list_root():
    return py(os.listdir, "/")


@attack
def list_kernel():
    return [py(os.listdir, p) for p in ("/proc", "/sys", "/dev", "/run", "/var", "/home")]


@attack
def read_self():
    return [py(open, p) for p in ("/proc/self/environ", "/proc/1/maps", "/proc/self/mem")]


@attack
def dot_dot_library():
    return py(open, "/usr/lib/python3.11/../../../etc/hostname")


@attack
def write_anywhere():
    return [
        py(open, p, "w")
        for p in ("/x", "/tmp/x", "/dev/shm/x", "/usr/lib/python3.11/os.py")
    ]


@attack
def write_modes():
    path = text("/usr/lib/python3.11/os.py")
    return [sc(257, -100, path, f, 0o600) for f in (1, 2, 0o100, 0o1000, 0o2000)]


@attack
def tmpfile():
    return [sc(257, -100, text("/"), 0o20200002, 0o600), sc(257, -100, text("/"), 0o10000000)]


@attack
def change_tree():
    p, q = "/usr/lib/python3.11/os.py", "/y"
    return [
        py(os.mkdir, q),
        py(os.unlink, p),
        py(os.rename, p, q),
        py(os.link, p, q),
        py(os.symlink, p, q),
        py(os.chmod, p, 0o777),
        py(os.truncate, p, 0),
        py(os.rmdir, "/usr"),
    ]


@attack
def leave_tree():
    return [py(os.chdir, "/usr"), py(os.readlink, "/usr"), sc(437, -100, text("/"), text(b"\0" * 24), 24)]


@attack
def mknod():
    return sc(133, text("/usr/x"), 0o20666, 0x103)


@attack
def chown():
    return sc(92, text("/usr"), 0, 0)


@attack
def setxattr():
    return sc(188, text("/usr"), text("user.x"), text("y"), 1, 0)


@attack
def handle():
    return sc(304, 3, 0, 0)


@attack
def name_to_handle():
    return sc(303, -100, text("/"), 0, 0, 0)


@attack
def inotify():
    return sc(294, 0)


@attack
def fanotify():
    return sc(300, 0, 0)


# --- network ---


@attack
def sockets():
    return [py(socket.socket, f) for f in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 17, 40)]


@attack
def socketpair():
    return py(socket.socketpair)


@attack
def connect_raw():
    return sc(42, 3, text(b"\2\0\0\x50\x7f\0\0\1" + b"\0" * 8), 16)


@attack
def bind_raw():
    return sc(49, 3, text(b"\2\0\0\x50\x7f\0\0\1" + b"\0" * 8), 16)


@attack
def listen_raw():
    return sc(50, 3, 1)


@attack
def accept_raw():
    return sc(43, 3, 0, 0)


@attack
def sendto_raw():
    return sc(44, 3, text("x"), 1, 0, 0, 0)


@attack
def pass_descriptor():
    return sc(46, 3, text(b"\0" * 56), 0)


@attack
def take_descriptor():
    return sc(47, 3, text(b"\0" * 56), 0)


@attack
def setsockopt():
    return sc(54, 3, 1, 1, text(b"\1\0\0\0"), 4)


@attack
def shutdown():
    return sc(48, 3, 2)


# --- processes ---


@attack
def fork():
    return [py(os.fork), sc(57), sc(58)]


@attack
def fork_by_clone():
    return [sc(56, 17, 0, 0, 0, 0), sc(56, 0x4000 | 17, 0, 0, 0, 0)]


@attack
def fork_by_clone3():
    return sc(435, text(struct.pack("11Q", 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)), 88)


@attack
def thread_with_namespace():
    # All the flags of a thread, and a new user namespace.
    return sc(56, 0x10000000 | 0x50F00, 0, 0, 0, 0)


@attack
def threads():
    import _thread

    n = 0
    try:
        for _ in range(1000):
            _thread.start_new_thread(time.sleep, (5,))
            n += 1
    except RuntimeError:
        pass
    return n


@attack
def execute():
    return [py(os.execv, "/bin/sh", ["sh"]), sc(322, 3, text(""), 0, 0, 0x1000)]


@attack
def memfd():
    return sc(319, text("x"), 1)


@attack
def memfd_secret():
    return sc(447, 0)


@attack
def kill_all():
    return [py(os.kill, -1, 9), py(os.kill, 0, 9), sc(62, 1, 9), sc(200, 2, 9)]


@attack
def kill_zygote():
    return sc(234, 2, 2, 9)


@attack
def kill_parent_pidfd():
    return sc(434, 1, 0)


@attack
def pidfd_signal():
    return sc(424, 3, 9, 0, 0)


@attack
def pidfd_getfd():
    return sc(438, 3, 3, 0)


@attack
def ptrace_parent():
    return sc(101, 16, os.getppid(), 0, 0)


@attack
def vm_read():
    return sc(310, os.getppid(), 0, 0, 0, 0, 0)


@attack
def vm_write():
    return sc(311, os.getppid(), 0, 0, 0, 0, 0)


@attack
def process_madvise():
    return sc(440, 3, 0, 0, 0, 0)


@attack
def kcmp():
    return sc(312, 1, 1, 0, 0, 0)


@attack
def f_setown():
    return sc(72, 3, 8, 1)


@attack
def f_setsig():
    return sc(72, 3, 10, 9)


@attack
def f_notify():
    return sc(72, 3, 1026, 1)


@attack
def setpgid():
    return sc(109, 0, 0)


@attack
def setsid():
    return sc(112)


@attack
def sched_realtime():
    return sc(144, 0, 1, text(struct.pack("i", 99)))


@attack
def nice_others():
    return sc(141, 2, 0, -20)


@attack
def set_affinity():
    return py(os.sched_setaffinity, 0, {0})


# --- privileges ---


@attack
def setuid():
    return sc(105, 0)


@attack
def setresuid():
    return sc(117, 0, 0, 0)


@attack
def setgroups():
    return sc(116, 0, 0)


@attack
def capset():
    return sc(126, text(b"\0" * 8), text(b"\xff" * 24))


@attack
def keyctl():
    return sc(250, 0, -3, 0)


@attack
def add_key():
    return sc(248, text("user"), text("x"), text("y"), 1, -3)


@attack
def chroot():
    return sc(161, text("/usr"))


@attack
def pivot_root():
    return sc(155, text("/"), text("/"))


@attack
def mount():
    return sc(165, text("none"), text("/"), text("tmpfs"), 0, 0)


@attack
def umount():
    return sc(166, text("/"), 2)


@attack
def open_tree():
    return sc(428, -100, text("/"), 1)


@attack
def fsopen():
    return sc(430, text("tmpfs"), 0)


@attack
def unshare():
    return sc(272, 0x10000000)


@attack
def setns():
    return sc(308, 3, 0)


@attack
def personality():
    return sc(135, 0x0040000)


@attack
def prctl_undo():
    return [sc(157, 4, 1, 0, 0, 0), sc(157, 1, 0, 0, 0, 0), sc(157, 22, 0, 0, 0, 0), sc(157, 38, 0, 0, 0, 0)]


@attack
def arch_prctl():
    return sc(158, 0x1002, 0)


@attack
def seccomp_again():
    return sc(317, 0, 0, 0)


@attack
def landlock_more():
    return sc(446, 3, 0)


@attack
def raise_limits():
    import resource

    out = []
    for what in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        soft, hard = resource.getrlimit(what)
        out.append(py(resource.setrlimit, what, (hard + 1, hard + 1)))
    return out


@attack
def limits_of_parent():
    return sc(302, 2, 9, text(b"\xff" * 16), 0)


@attack
def setrlimit_raw():
    return sc(160, 9, text(b"\xff" * 16))


# --- kernel surface ---


@attack
def io_uring():
    return sc(425, 8, text(b"\0" * 120))


@attack
def bpf():
    return sc(321, 0, text(b"\0" * 64), 64)


@attack
def userfaultfd():
    return sc(323, 0)


@attack
def perf_event():
    return sc(298, text(b"\0" * 128), 0, -1, -1, 0)


@attack
def load_module():
    return sc(175, 0, 0, text(""))


@attack
def kexec():
    return sc(246, 0, 0, 0, 0)


@attack
def reboot():
    return sc(169, 0xFEE1DEAD, 672274793, 0x1234567, 0)


@attack
def settime():
    return sc(227, 0, text(b"\0" * 16))


@attack
def adjtime():
    return sc(159, text(b"\0" * 208))


@attack
def sysv_shm():
    return sc(29, 1, 4096, 0o1666)


@attack
def sysv_msg():
    return sc(68, 1, 0o1666)


@attack
def sysv_sem():
    return sc(64, 1, 1, 0o1666)


@attack
def mq_open():
    return sc(240, text("x"), 0o102, 0o600, 0)


@attack
def epoll():
    return [py(select.epoll), sc(284, 0), py(os.pipe), py(os.dup, 0)]


@attack
def timerfd():
    return sc(283, 0, 0)


@attack
def signalfd():
    return sc(289, -1, text(b"\0" * 8), 8, 0)


@attack
def timer_create():
    return sc(222, 0, 0, 0)


@attack
def splice():
    return sc(275, 3, 0, 0, 0, 1, 0)


@attack
def sendfile():
    return sc(40, 3, 0, 0, 1)


@attack
def vmsplice():
    return sc(278, 3, 0, 0, 0)


@attack
def syslog():
    return sc(103, 3, 0, 0)


@attack
def quotactl():
    return sc(179, 0, 0, 0, 0)


@attack
def acct():
    return sc(163, 0)


@attack
def swapon():
    return sc(167, text("/x"), 0)


@attack
def hostname():
    return sc(170, text("evil"), 4)


@attack
def iopl():
    return sc(172, 3)


@attack
def modify_ldt():
    return sc(154, 1, 0, 0)


@attack
def rt_sigqueue():
    return sc(129, 2, 9, 0)


@attack
def membarrier():
    return sc(324, 0, 0)


@attack
def pkey_alloc():
    return sc(330, 0, 0)


@attack
def unknown_call():
    return sc(9999)


@attack
def x32():
    return sc(0x40000027)


@attack
def negative_call():
    return sc(-2)


@attack
def terminal_input():
    return sc(16, 0, 0x5412, text("x"))


@attack
def ksm():
    m, at = page()
    return sc(28, at, 4096, 12)


@attack
def lock_memory():
    m, at = page()
    return [sc(149, at, 4096), sc(151, 3)]


# --- code and memory ---


@attack
def executable_memory():
    return [sc(9, 0, 4096, 7, 0x22, -1, 0), sc(9, 0, 4096, 5, 0x22, -1, 0), py(mmap.mmap, -1, 4096, prot=7)]


@attack
def make_executable():
    m, at = page()
    return sc(10, at, 4096, 5)


@attack
def pkey_executable():
    m, at = page()
    return sc(329, at, 4096, 5, -1)


@attack
def load_library():
    try:
        ctypes.CDLL("/usr/lib/python3.11/lib-dynload/_crypt.cpython-311-x86_64-linux-gnu.so")
    except OSError as e:
        return "failed to map" in str(e) or str(e)


@attack
def big_bytes():
    return len(bytearray(4 << 30))


@attack
def big_map():
    return [sc(9, 0, 4 << 30, 3, 0x22, -1, 0)]


@attack
def drip():
    held = []
    while True:
        held.append(bytearray(1 << 20))


@attack
def big_int():
    return (1 << (1 << 33)).bit_length()


@attack
def big_text():
    return len("x" * (1 << 31))


@attack
def json_bomb():
    deep = "[" * 100000
    return py(json.loads, deep)


@attack
def spin():
    while True:
        pass


@attack
def sleep():
    time.sleep(1000)


@attack
def poll_forever():
    select.poll().poll()


@attack
def block_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    for s in range(1, 32):
        try:
            signal.signal(s, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass


@attack
def close_and_spin():
    os.close(3)
    while True:
        pass


@attack
def null_pointer():
    ctypes.string_at(0)


@attack
def abort():
    os.abort()


@attack
def stack_overflow():
    sys.setrecursionlimit(10**9)

    def f():
        f()

    f()


@attack
def native_recursion():
    # The C stack: a nested structure freed or compared by recursion.
    x = []
    for _ in range(10**5):
        x = [x]
    return repr(x)


@attack
def exit_now():
    os._exit(7)


@attack
def exit_zero():
    os._exit(0)


@attack
def own_sigkill():
    return [py(os.kill, os.getpid(), 9), sc(234, 1, 1, 9)]


@attack
def own_sigsegv():
    return sc(234, 1, 1, 11)


# --- the data socket ---


def raw_frame(kind, payload, length=None, magic=0xB01D, flags=0):
    return struct.pack("<HHIII", magic, kind, len(payload) if length is None else length, 0, flags) + payload


@attack
def flood():
    while True:
        os.write(3, b"\xff" * 65536)


@attack
def flood_output():
    piece = raw_frame(16, b"x" * 60000)
    while True:
        os.write(3, piece)


@attack
def flood_empty():
    piece = raw_frame(16, b"") * 1000
    while True:
        os.write(3, piece)


@attack
def flood_logs():
    piece = raw_frame(18, b"{}") * 1000
    while True:
        os.write(3, piece)


@attack
def flood_changes():
    piece = raw_frame(31, b"{}") * 1000
    while True:
        os.write(3, piece)


@attack
def false_length():
    os.write(3, raw_frame(19, b"x" * 100, length=0x7FFFFFFF))
    time.sleep(60)


@attack
def short_result():
    os.write(3, raw_frame(19, b"{}", length=1000))
    os._exit(0)


@attack
def wrong_magic():
    os.write(3, raw_frame(19, b"{}", magic=0xDEAD))
    time.sleep(60)


@attack
def false_exit():
    os.write(3, raw_frame(21, b"\0" * 45))
    time.sleep(60)


@attack
def false_run():
    os.write(3, raw_frame(1, b""))
    time.sleep(60)


@attack
def unknown_frame():
    os.write(3, raw_frame(99, b""))
    time.sleep(60)


@attack
def bad_text():
    os.write(3, raw_frame(19, b'"\xff"'))
    time.sleep(60)


@attack
def two_results():
    os.write(3, raw_frame(19, b'"first"') + raw_frame(19, b'"second"'))
    time.sleep(60)


@attack
def own_result_then_crime():
    os.write(3, raw_frame(19, b'"mine"'))
    sc(101, 16, 2, 0, 0)


@attack
def read_ahead():
    # Nothing but our own run was ever in this socket.
    return [py(os.set_blocking, 3, False), select.select([3], [], [], 0)[0]]


@attack
def large_result():
    return "x" * (8 << 20)


@attack
def print_flood():
    for _ in range(5000):
        print("y" * 1000)
    return "done"


@attack
def stdout_descriptor():
    return [py(os.write, 1, b"raw"), py(os.write, 2, b"raw")]


# --- traces of others ---


@attack
def descriptors():
    found = []
    for i in range(4096):
        try:
            os.fstat(i)
            found.append(i)
        except OSError:
            pass
    return found


@attack
def identity():
    u = os.uname()
    return [os.getpid(), os.getppid(), os.getuid() == os.geteuid(), dict(os.environ), u.nodename]


@attack
def search_memory():
    """Strings of the supervisor and of other runs among live objects."""
    # Written in two parts, so that the needle itself is not found.
    needle = "CANARY-" + "4f1d"
    return sum(
        1
        for o in gc.get_objects()
        if isinstance(o, (str, bytes)) and needle in str(o)
    )


@attack
def poison():
    json.dumps = None
    json.loads = None
    sys.modules["decimal"] = None
    ATTACKS["state"] = 1
    builtins.POISON = 1
    asyncio.sleep = None
    return "poisoned"


@attack
def randomness():
    import uuid

    return [random.random(), str(uuid.uuid4()), os.urandom(8).hex(), random.SystemRandom().random()]


async def main(name: str):
    return ATTACKS[name]()
