"""Two network namespaces with a cable between them.

In one runs mcpbox-egress; in the other lives the world: name servers and web
servers on addresses that look public, private, special.  They are real
addresses of real interfaces there, so every packet and every refusal is real.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import threading

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)

INSIDE4, WORLD4 = "172.30.0.2", "172.30.0.1"
INSIDE6, WORLD6 = "fd30::2", "fd30::1"

# What exists in the world.  DNS answers on the first.
DNS = "9.9.9.53"
PUBLIC = "93.184.216.34"
PUBLIC2 = "93.184.216.35"
PUBLIC6 = "2606:4700::1111"
PRIVATE = "192.168.77.1"
PRIVATE6 = "fd12:3456::1"
METADATA = "169.254.169.254"
WORLD = [
    DNS, PUBLIC, PUBLIC2, PRIVATE, METADATA,
    "10.99.0.1", "172.20.0.1", "100.64.7.7", "100.100.100.200", "168.63.129.16",
    "192.0.0.7", "192.0.0.192", "192.0.2.7", "192.31.196.7", "192.52.193.7", "192.88.99.7",
    "192.175.48.7", "198.18.0.7", "198.51.100.7", "203.0.113.7", "169.254.7.7",
    "240.0.0.7",
]
WORLD_SIX = [
    PUBLIC6, PRIVATE6, "fd00:ec2::254", "2001:db8::7", "2001:2::7", "2001:20::7", "3fff::7",
    "2620:4f:8000::7", "64:ff9b::5db8:d822", "64:ff9b::c0a8:4d01", "64:ff9b:1::7",
    "2002:5db8:d822::7", "2001:0:53aa:64c::7", "100::7", "5f00::7", "fec0::7",
]


def sh(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stdout}"
    return done.stdout


class Net:
    def __init__(self):
        mark = f"{os.getpid():x}"
        self.inside, self.world = f"mcpb-in-{mark}", f"mcpb-wo-{mark}"
        self.made = []

    def ip(self, space, *argv):
        return sh("ip", "-n", space, *argv)

    def up(self):
        for space in (self.inside, self.world):
            sh("ip", "netns", "add", space)
            self.made.append(space)
            self.ip(space, "link", "set", "lo", "up")
        self.ip(self.world, "link", "add", "w0", "type", "veth", "peer", "name", "i0",
                "netns", self.inside)
        for space, dev, four, six in ((self.inside, "i0", INSIDE4, INSIDE6),
                                      (self.world, "w0", WORLD4, WORLD6)):
            self.ip(space, "addr", "add", f"{four}/24", "brd", "+", "dev", dev)
            self.ip(space, "addr", "add", f"{six}/64", "dev", dev, "nodad")
            self.ip(space, "link", "set", dev, "up")
        self.ip(self.inside, "route", "add", "default", "via", WORLD4)
        self.ip(self.inside, "-6", "route", "add", "default", "via", WORLD6)
        for a in WORLD:
            self.ip(self.world, "addr", "add", f"{a}/32", "dev", "lo")
        for a in WORLD_SIX:
            self.ip(self.world, "addr", "add", f"{a}/128", "dev", "lo", "nodad")
        return self

    def down(self):
        for space in self.made:
            subprocess.run(["ip", "netns", "del", space], check=False)
        self.made = []

    def path(self, space):
        return f"/run/netns/{space}"

    def enter(self, space):
        """This thread, and those it starts, make their sockets over there."""
        fd = os.open(self.path(space), os.O_RDONLY)
        try:
            if LIBC.setns(fd, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(fd)

    def alias(self, space, address):
        """Gives loopback there another address, or takes it away (None), by one
        system call: faster than any program is started."""
        def act():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                name = b"lo:7".ljust(16, b"\0")
                if address is None:
                    fcntl.ioctl(s, 0x8914, name + struct.pack("<H22x", 0))  # SIOCSIFFLAGS
                else:
                    fcntl.ioctl(s, 0x8916, name + struct.pack(  # SIOCSIFADDR
                        "<HH4s16x", socket.AF_INET, 0, socket.inet_aton(address)))
        self.inside_of(space, act)

    def inside_of(self, space, fn):
        """The result of fn, called in a thread over there."""
        out = {}

        def run():
            try:
                self.enter(space)
                out["result"] = fn()
            except BaseException as e:  # handed to the caller
                out["error"] = e

        t = threading.Thread(target=run)
        t.start()
        t.join()
        if "error" in out:
            raise out["error"]
        return out["result"]
