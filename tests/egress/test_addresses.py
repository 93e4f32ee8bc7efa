"""SSRF: every spelling, every special range, as a literal and by name.

The servers listen on all of these addresses, in the world and inside, where
mcpbox-egress runs: what is refused here would have been answered.
"""

import ipaddress
import socket
import uuid

import net as network
import pytest
import web
from net import INSIDE4, INSIDE6, PRIVATE, PRIVATE6, PUBLIC, PUBLIC2, PUBLIC6, WORLD4

NEVER = "never reachable from a tool"


@pytest.fixture(scope="module")
def inner(net):
    """A server inside, on loopback and the host's own addresses."""
    return net.inside_of(net.inside, lambda: web.Server(80))


@pytest.fixture
def peer(egress, world, inner):
    inner.reset()

    def make(*grants):
        # A server of its own: no connection is there yet.
        p = egress.peer(*grants, env=str(uuid.uuid4()))
        made.append(p)
        return p

    made = []
    yield make
    for p in made:
        p.close()


def refused(world, inner, answer, text):
    assert answer.end == "address_refused", answer
    assert text in answer.message
    assert answer.status is None
    assert answer.record["decision"] == "refused"
    assert world.reached() == [] and inner.connections == []


# --- literals ---------------------------------------------------------------

LOOPBACK = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.255.255.254 127.8.8.8
2130706433 0x7f000001 0x7f.1 0x7F.0x0.0x0.0x1 0177.0.0.1 0177.1 017700000001
00000177.0.0.1 0x0000007f.1 %31%32%37.0.0.1 127.0.0.1%2e 0 0.0.0.0 0x0 0.1.2.3
[::1] [0:0:0:0:0:0:0:1] [0000::0001] [::] [::ffff:127.0.0.1] [::ffff:7f00:1]
[0:0:0:0:0:ffff:127.0.0.1] [::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1]
[64:ff9b::127.0.0.1] [2002:7f00:1::1] [::ffff:0.0.0.0]
１２７.0.0.1 127。0。0。1 ⓪x7f.1 ①②⑦.⓪.⓪.①
""".split()


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_in_every_spelling(peer, world, inner, host):
    """Even when it is granted in its plain spelling, privately, with any port."""
    p = peer("private 127.0.0.1:*", "private 0.0.0.0:*", "private [::1]:*", "private [::]:*",
             "private [::ffff:127.0.0.1]:*", "private [::127.0.0.1]:*",
             "private [::ffff:0:127.0.0.1]:*", "private [64:ff9b::7f00:1]:*",
             "private [2002:7f00:1::1]:*", "private [::ffff:0.0.0.0]:*", "private 0.1.2.3:*",
             "private 127.8.8.8:*", "private 127.255.255.254:*")
    refused(world, inner, p.fetch(f"http://{host}/"), NEVER)


OWN = [INSIDE4, str(int(ipaddress.ip_address(INSIDE4))), f"[{INSIDE6}]",
       "172.30.0.255", f"[::ffff:{INSIDE4}]"]


@pytest.mark.parametrize("host", OWN)
def test_own_addresses(peer, world, inner, host):
    p = peer(f"private {INSIDE4}:*", f"private [{INSIDE6}]:*", "private 172.30.0.255:*",
             f"private [::ffff:{INSIDE4}]:*")
    refused(world, inner, p.fetch(f"http://{host}/"), NEVER)


NEVERS = """
169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 169.254.7.7
169.254.170.2 168.63.129.16 100.100.100.200 192.0.0.192
224.0.0.1 239.255.255.250 255.255.255.255 0.0.0.1
[fd00:ec2::254] [fe80::1] [fe80::5efe:a00:1] [ff02::1] [ff05::1:3]
[::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::1]
[::ffff:10.99.0.1] [::ffff:93.184.216.34] [::93.184.216.34] [64:ff9b::5db8:d822]
[64:ff9b:1::7] [2002:5db8:d822::7] [2001:0:53aa:64c::7] [::ffff:0:93.184.216.34]
""".split()


@pytest.mark.parametrize("host", NEVERS)
def test_never_whatever_is_granted(peer, world, inner, host):
    plain = host if host.startswith("[") else socket.inet_ntoa(socket.inet_aton(host))
    p = peer(f"private {plain}:*")
    refused(world, inner, p.fetch(f"http://{host}/"), NEVER)


@pytest.mark.parametrize("host", ["[fe80::1%25i0]", "[fe80::1%25]", "[::1%25lo]",
                                  f"[{PUBLIC6}%25i0]", "[fe80::1%i0]"])
def test_zones_are_refused(peer, world, inner, host):
    p = peer("private [fe80::1]:*", f"private [{PUBLIC6}]:*", "private [::1]:*")
    a = p.fetch(f"http://{host}/")
    assert a.end in ("address_refused", "bad_url")
    assert world.reached() == [] and inner.connections == []


# Special, and there: with a private grant they are reached, without they are not.
BY_GRANT = [a for a in network.WORLD + network.WORLD_SIX
            if not ipaddress.ip_address(a).is_multicast
            and a not in (network.DNS, PUBLIC, PUBLIC2, PUBLIC6, network.METADATA,
                          "100.100.100.200", "168.63.129.16", "192.0.0.192", "169.254.7.7",
                          "fd00:ec2::254", "64:ff9b::5db8:d822", "64:ff9b::c0a8:4d01",
                          "64:ff9b:1::7", "2002:5db8:d822::7", "2001:0:53aa:64c::7")]


def bracket(a):
    return f"[{a}]" if ":" in a else a


@pytest.mark.parametrize("address", BY_GRANT)
def test_special_literal_needs_a_private_grant(peer, world, inner, address):
    host = bracket(address)
    refused(world, inner, peer(f"{host}:80").fetch(f"http://{host}/"), "administrator")
    a = peer(f"private {host}:80").fetch(f"http://{host}/")
    assert a.end == "ok" and a.body == b"hello /"
    assert world.reached() == [address]
    assert a.record["address"] == address


@pytest.mark.parametrize("address", BY_GRANT)
def test_special_by_name_needs_a_private_grant(peer, world, inner, address):
    world.dns.set("name.test", [address])
    refused(world, inner, peer("name.test:80").fetch("http://name.test/"), "administrator")
    a = peer("private name.test:80").fetch("http://name.test/")
    assert a.end == "ok" and a.body == b"hello /"
    assert world.reached() == [address]


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "169.254.7.7", "168.63.129.16",
    "100.100.100.200", "192.0.0.192", "224.0.0.1", "255.255.255.255", INSIDE4, INSIDE6,
    "172.30.0.255", "::1", "::", "fe80::1", "ff02::1", "fd00:ec2::254", "::ffff:127.0.0.1",
    "::ffff:93.184.216.34", "64:ff9b::7f00:1", "64:ff9b::5db8:d822", "2002:7f00:1::1"])
def test_never_by_name(peer, world, inner, address):
    world.dns.set("name.test", [address])
    refused(world, inner, peer("private name.test:*").fetch("http://name.test/"), NEVER)


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC2, PUBLIC6])
def test_public_is_reached(peer, world, address):
    host = bracket(address)
    world.dns.set("name.test", [address])
    assert peer(f"{host}:80").fetch(f"http://{host}/").end == "ok"
    assert peer("name.test:80").fetch("http://name.test/").end == "ok"
    assert world.reached() == [address, address]


@pytest.mark.parametrize("name", [
    "localhost", "LOCALHOST", "localhost.", "x.localhost", "localhost.localdomain",
    "ip6-localhost", "metadata.google.internal", "METADATA.GOOGLE.INTERNAL.", "metadata",
    "instance-data.ec2.internal", "metadata.azure.com", "ⓛocalhost", "%6cocalhost"])
def test_names_that_are_never_reached(peer, world, inner, name):
    plain = {"ⓛocalhost": "localhost", "%6cocalhost": "localhost"}.get(name, name)
    world.dns.set(plain.lower().rstrip("."), [PUBLIC])
    p = peer(f"private {plain.lower().rstrip('.')}:*")
    refused(world, inner, p.fetch(f"http://{name}/"), NEVER)
    assert world.dns.questions == []


# --- several addresses, and names that change their mind -----------------------

@pytest.mark.parametrize("addresses", [
    [PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, PRIVATE], [PUBLIC6, "127.0.0.1"],
    [PUBLIC, "::1"], [PUBLIC, PUBLIC2, "10.99.0.1"], [PUBLIC, PUBLIC6, "fd12:3456::1"],
    [PUBLIC, "169.254.169.254"], [PUBLIC, "::ffff:127.0.0.1"]])
def test_one_bad_address_refuses_all(peer, world, inner, addresses):
    world.dns.set("mixed.test", addresses)
    a = peer("mixed.test:80").fetch("http://mixed.test/")
    refused(world, inner, a, "mixed.test leads to")


def test_private_grant_does_not_excuse_loopback(peer, world, inner):
    world.dns.set("mixed.test", [PRIVATE, "127.0.0.1"])
    refused(world, inner, peer("private mixed.test:80").fetch("http://mixed.test/"), NEVER)


@pytest.mark.parametrize("second", ["127.0.0.1", "169.254.169.254", PRIVATE, INSIDE4])
def test_rebinding(peer, world, inner, second):
    """Public when asked first, something else when asked again."""
    world.dns.set("flip.test", [PUBLIC], [second])
    p = peer("flip.test:80")
    first = p.fetch("http://flip.test/")
    assert first.end == "ok" and world.reached() == [PUBLIC]
    world.reset()
    refused(world, inner, p.fetch("http://flip.test/"), "flip.test leads to")
    # One lookup a request: what was checked is what was connected to.
    assert world.dns.lookups("flip.test") == 1


def test_rebinding_within_one_request_finds_no_second_lookup(peer, world, inner):
    """Each lookup would flip; a request makes one."""
    world.dns.set("flip.test", *([[PUBLIC], ["127.0.0.1"]] * 20))
    p = peer("flip.test:80")
    ends = [p.fetch("http://flip.test/").end for _ in range(10)]
    assert ends == ["ok", "address_refused"] * 5
    assert set(world.reached()) == {PUBLIC} and inner.connections == []
    assert world.dns.lookups("flip.test") == 10


def test_an_address_that_became_our_own(peer, net, world, inner):
    """Granted and reached, then the same address appears on this host."""
    host = "93.184.216.77"
    net.ip(net.world, "addr", "add", f"{host}/32", "dev", "lo")
    p = peer(f"{host}:80")
    assert p.fetch(f"http://{host}/").end == "ok"
    world.reset()
    net.ip(net.inside, "addr", "add", f"{host}/32", "dev", "lo")
    try:
        # There is a connection to be used again; it is not.
        refused(world, inner, p.fetch(f"http://{host}/"), "this machine itself")
    finally:
        net.ip(net.inside, "addr", "del", f"{host}/32", "dev", "lo")
    assert p.fetch(f"http://{host}/").end == "ok"
    net.ip(net.world, "addr", "del", f"{host}/32", "dev", "lo")


def test_an_address_that_is_ours_by_a_route_only(peer, net, world, inner):
    """No interface has it, but the kernel delivers it here."""
    net.ip(net.inside, "route", "add", "local", "93.184.217.0/24", "dev", "lo")
    try:
        a = peer("93.184.217.9:80").fetch("http://93.184.217.9/")
        assert a.end == "address_refused" and "this machine itself" in a.message
        assert inner.requests == []
    finally:
        net.ip(net.inside, "route", "del", "local", "93.184.217.0/24", "dev", "lo")


def test_an_address_that_becomes_our_own_while_connecting(peer, net, world, inner):
    """Judged when it was looked up, and again when the socket is made.

    libcurl waits for the IPv6 address, where nobody answers, before it tries
    the other; in between that one appears on this very host.
    """
    late = "93.184.218.5"
    world.dns.set("late.test", ["2606:4700::dead", late])
    p = peer("late.test:80")
    for _ in range(10):
        world.dns.questions.clear()
        inner.reset()
        i = p.send("http://late.test/", connect=0.9)
        world.until(lambda: len(world.dns.questions) == 2, what="the lookup")
        net.alias(net.inside, late)
        try:
            a = p.wait(i)
        finally:
            net.alias(net.inside, None)
        if a.end == "address_refused":
            break
        assert a.end == "connect_timeout"  # it did not appear in time
    # At once: the other attempt is not waited for.
    assert a.end == "address_refused" and a.record["address"] == late, a
    assert inner.connections == [] and a.elapsed_us < 900_000


# --- NAT64 ------------------------------------------------------------------------

@pytest.fixture(scope="module")
def nat64(make_egress):
    with make_egress(egress_nat64="64:ff9b::/96") as e:
        yield e


@pytest.mark.parametrize("address, grant, want", [
    ("64:ff9b::5db8:d822", "", "ok"),
    ("64:ff9b::c0a8:4d01", "", "address_refused"),
    ("64:ff9b::c0a8:4d01", "private ", "ok"),
    ("64:ff9b::7f00:1", "private ", "address_refused"),
    ("64:ff9b::a9fe:a9fe", "private ", "address_refused"),
    ("64:ff9b:1::7", "private ", "address_refused"),
])
def test_nat64_prefix_is_judged_by_the_address_inside(nat64, world, address, grant, want):
    with nat64.peer(f"{grant}[{address}]:80") as p:
        assert p.fetch(f"http://[{address}]/").end == want


# --- redirects -----------------------------------------------------------------------

@pytest.mark.parametrize("to", [
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1/", "http://[::1]/",
    f"http://{PRIVATE}/", f"http://{PUBLIC2}/", "http://good.test/", "https://good.test/",
    "//169.254.169.254/", "/hello", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x"])
def test_redirects_are_answers(peer, world, inner, to):
    p = peer("good.test:*")
    for status in (301, 302, 303, 307, 308):
        a = p.fetch(f"http://good.test/redirect?status={status}&to={to}")
        assert (a.end, a.status, a.header("location"), a.body) == ("ok", status, to, b"elsewhere")
    assert set(world.reached()) == {PUBLIC} and len(world.web.requests) == 5
    assert inner.connections == []


def test_world_side_of_the_cable_is_private(peer, world, inner):
    refused(world, inner, peer(f"{WORLD4}:80").fetch(f"http://{WORLD4}/"), "administrator")
    assert PRIVATE6  # the other family is in the table above
