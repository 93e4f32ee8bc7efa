"""Tools in the real sandbox, with a real way out, to a world of its own.

sandboxd, with its mcpbox-egress, runs in one network namespace; the servers
that tools talk to, and the name server, in another, on addresses that look
public (tests/egress/net.py).  Needs root and ip(8).
"""

import os
import shutil
import subprocess
import sys
import tempfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
ROOT = os.path.dirname(TESTS)
for folder in ("egress", "hostile"):
    sys.path.insert(0, os.path.join(TESTS, folder))
sys.path.insert(0, HERE)

import box  # noqa: E402  (tests/hostile)
import certs  # noqa: E402
import dns  # noqa: E402
import net as network  # noqa: E402
import server  # noqa: E402

PYTHON = "/usr/bin/python3"
PACKAGES = os.path.join(ROOT, "build", "toolapi")

URL = "http://api.test"
GRANTS = ["api.test:*", "tls.test:443", "api.example.com:443", "slow.test:80", "nowhere.test:80", "closed.test:9",
          "private inner.test:80", "mixed.test:80"]
ADDRESSES = {
    "api.test": network.PUBLIC, "tls.test": network.PUBLIC, "api.example.com": network.PUBLIC, "slow.test": network.PUBLIC,
    "closed.test": network.PUBLIC, "inner.test": network.PRIVATE, "mixed.test": network.PRIVATE,
    "other.test": network.PUBLIC, "strange.test": network.PUBLIC,
}


class World:
    def __init__(self, folder):
        self.ca = certs.Authority(folder, "trusted")
        pair = self.ca.issue("tls", ["tls.test", "api.example.com"])
        self.dns = dns.Server(network.DNS)
        for name, address in ADDRESSES.items():
            self.dns.set(name, [address])
        self.web = server.Server((network.PUBLIC, 80))
        self.inner = server.Server((network.PRIVATE, 80))
        self.tls = server.Server((network.PUBLIC, 443), certs.context(*pair))


class Sandboxd(box.Sandboxd):
    """In the inner namespace."""

    def __init__(self, net, **settings):
        self.net = net
        super().__init__(**settings)

    def start(self):
        command = ["nsenter", "--net=" + self.net.path(self.net.inside),
                   os.path.join(box.BUILD, "mcpbox-sandboxd")]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        env.update(self.settings)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, env=env, stderr=log, cwd="/")
        box.wait_for(self.ready, 40, "sandboxd to listen")

    def tool(self, code, args=None, **options):
        """A run with a way out."""
        options.setdefault("hosts", GRANTS)
        options.setdefault("requests", 100)
        options.setdefault("transfer", 64 * box.MIB)
        return self.call(code, args, **options)


@pytest.fixture(scope="session")
def folder():
    path = tempfile.mkdtemp(prefix="mcpbox-toolapi-")
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
def world(net, folder):
    return net.inside_of(net.world, lambda: World(folder))


def start(net, world, **settings):
    return Sandboxd(net, MCPBOX_EGRESS_DNS=network.DNS + ":53",
                    MCPBOX_EGRESS_CA_BUNDLE=world.ca.cert, **settings)


@pytest.fixture(scope="session")
def sandbox(net, world):
    s = start(net, world)
    yield s
    assert s.stop() == 0, s.log()


@pytest.fixture(scope="session")
def lawless(net, world):
    """The same without the language policy."""
    s = start(net, world, MCPBOX_LANGUAGE_POLICY="off")
    yield s
    assert s.stop() == 0, s.log()


@pytest.fixture(scope="session")
def packages():
    """A folder with the real httpx and mypy, of the versions in
    requirements.txt; installed once."""
    with open(os.path.join(HERE, "requirements.txt"), encoding="ascii") as f:
        wanted = f.read()
    stamp = os.path.join(PACKAGES, "requirements.txt")
    if not os.path.exists(stamp) or open(stamp, encoding="ascii").read() != wanted:
        shutil.rmtree(PACKAGES, ignore_errors=True)
        done = subprocess.run(
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--root-user-action=ignore", "--target", PACKAGES, "-r",
             os.path.join(HERE, "requirements.txt")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if done.returncode:
            pytest.skip("httpx and mypy cannot be installed: " + done.stdout[-300:])
        with open(stamp, "w", encoding="ascii") as f:
            f.write(wanted)
    return PACKAGES
