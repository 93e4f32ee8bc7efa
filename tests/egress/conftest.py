"""The world that mcpbox-egress meets in these tests: real namespaces, a real
cable, a name server and web servers on the other side.  Needs root and ip(8)."""

import os
import shutil
import ssl
import sys
import tempfile
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import certs  # noqa: E402
import dns  # noqa: E402
import net as network  # noqa: E402
import web  # noqa: E402
from box import Egress  # noqa: E402

NAMES = ["good.test", "other.test", "alias.test"]


class World:
    """Everything on the other side; `web` on 80 and 8080, `tls` on 443."""

    def __init__(self, net, folder):
        self.net = net
        self.ca = certs.Authority(folder, "trusted")
        self.stranger = certs.Authority(folder, "stranger")
        self.pairs = {
            "good.test": self.ca.issue("good", NAMES + [network.PUBLIC, network.PUBLIC6]),
            "expired.test": self.ca.issue("expired", ["expired.test"], end="20210101000000Z"),
            "early.test": self.ca.issue("early", ["early.test"], start="20480101000000Z"),
            "wrong.test": self.ca.issue("wrong", ["right.test"]),
            "unknown.test": self.stranger.issue("unknown", ["unknown.test"]),
            "self.test": certs.self_signed(folder, "self.test"),
        }
        self.dns = dns.Server(network.DNS)
        for name in list(self.pairs) + NAMES + ["h2.test", "old.test"]:
            self.dns.set(name, [network.PUBLIC])
        self.web = web.Server(80)
        self.alt = web.Server(8080)
        self.tls = web.Server(443, self.by_name(("http/1.1",)))
        self.h2 = web.Server(8443, self.by_name(("h2", "http/1.1")))
        self.old = web.Server(9443, certs.context(*self.pairs["good.test"], least=ssl.TLSVersion.TLSv1,
                                                  most=ssl.TLSVersion.TLSv1_1))
        self.servers = [self.web, self.alt, self.tls, self.h2, self.old]

    def by_name(self, alpn):
        contexts = {n: certs.context(*p, alpn=alpn) for n, p in self.pairs.items()}

        def pick(sock, name, context):
            sock.context = contexts.get(name, contexts["good.test"])

        main = certs.context(*self.pairs["good.test"], alpn=alpn)
        main.sni_callback = pick
        return main

    def reset(self):
        for s in self.servers:
            s.reset()
        self.dns.questions.clear()

    def reached(self):
        """Addresses that anybody connected to since the last reset."""
        return [a for s in self.servers for a in s.connections]

    @staticmethod
    def until(condition, seconds=10, what="condition"):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"never: {what}"
            time.sleep(0.01)


@pytest.fixture(scope="session")
def folder():
    path = tempfile.mkdtemp(prefix="mcpbox-egress-certs-")
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def net():
    if os.geteuid() != 0:
        pytest.fail("network namespaces take root")
    n = network.Net()
    try:
        yield n.up()
    finally:
        n.down()


@pytest.fixture(scope="session")
def the_world(net, folder):
    return net.inside_of(net.world, lambda: World(net, folder))


@pytest.fixture
def world(the_world):
    the_world.reset()
    yield the_world


@pytest.fixture(scope="session")
def make_egress(net, the_world):
    """Egress(**settings) with this world's name server and authority."""
    def make(env=None, wrap=(), **settings):
        settings.setdefault("egress_dns", f"{network.DNS}:53")
        settings.setdefault("egress_ca_bundle", the_world.ca.cert)
        settings = {k: v for k, v in settings.items() if v is not None}
        return Egress(net, env=env, wrap=wrap, **settings)
    return make


@pytest.fixture(scope="session")
def egress(make_egress):
    with make_egress() as e:
        yield e


@pytest.fixture
def lone(make_egress):
    """One that nobody else uses: its descriptors can be counted."""
    with make_egress() as e:
        yield e
