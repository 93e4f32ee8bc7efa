"""Names: servers that lie, stay silent, change their mind, answer too much."""

import os
import struct
import time
import uuid

import dns
import pytest
from net import DNS, PRIVATE, PUBLIC, PUBLIC2, PUBLIC6


@pytest.fixture
def peer(egress, world):
    p = egress.peer("name.test:*", "other.test:*", env=str(uuid.uuid4()))
    yield p
    p.close()


def get(peer, **kw):
    return peer.fetch("http://name.test/", **kw)


def failed(world, answer, why, end="dns_failed"):
    assert answer.end == end, answer
    assert why in answer.message, answer
    assert answer.record["decision"] == "allowed" and answer.record["address"] is None
    assert world.reached() == []


@pytest.mark.parametrize("addresses", [[PUBLIC], [PUBLIC6], [PUBLIC, PUBLIC6], [PUBLIC, PUBLIC2]])
def test_addresses(peer, world, addresses):
    world.dns.set("name.test", addresses)
    assert get(peer).body == b"hello /"
    assert world.reached()[0] in addresses


def test_no_such_name(peer, world):
    world.dns.names.pop("name.test", None)
    failed(world, get(peer), "no such name")


def test_name_without_an_address(peer, world):
    world.dns.set("name.test", [])
    failed(world, get(peer), "no address")


@pytest.mark.parametrize("rcode", [dns.SERVFAIL, dns.REFUSED, 4, 1])
def test_failing_servers(peer, world, rcode):
    world.dns.set("name.test", [], rcode=rcode)
    failed(world, get(peer, connect=5), "cannot be looked up")


def test_silent_server(peer, world):
    world.dns.set("name.test", [PUBLIC], drop=True)
    start = time.monotonic()
    failed(world, get(peer, connect=0.5), "still being looked up", end="connect_timeout")
    assert time.monotonic() - start < 2


def test_silent_server_and_the_whole_time(peer, world):
    world.dns.set("name.test", [PUBLIC], drop=True)
    failed(world, get(peer, timeout=0.4), "still being looked up", end="connect_timeout")


def test_no_server_at_all(make_egress, world):
    with make_egress(egress_dns=f"{DNS}:54") as e, e.peer("name.test:80") as p:
        a = p.fetch("http://name.test/")
        assert a.end == "dns_failed" and "no name server answers" in a.message


def test_second_server_is_asked(make_egress, world):
    world.dns.set("name.test", [PUBLIC])
    with make_egress(egress_dns=f"{DNS}:54,{DNS}:53") as e, e.peer("name.test:80") as p:
        assert p.fetch("http://name.test/").end == "ok"


@pytest.mark.parametrize("garbage", [
    lambda i, q: b"", lambda i, q: b"\0", lambda i, q: os.urandom(40),
    lambda i, q: struct.pack(">HHHHHH", i, 0x8180, 1, 65535, 0, 0) + q,
    lambda i, q: struct.pack(">HHHHHH", i, 0x8180, 1, 1, 0, 0) + q + b"\xc0\x0c" * 5,
    lambda i, q: struct.pack(">HHHHHH", i, 0x8180, 1, 1, 0, 0) + q + b"\xc0\x0c\0\1\0\1\0\0\0\0\0\5abc",
    lambda i, q: struct.pack(">HHHHHH", i ^ 1, 0x8180, 1, 1, 0, 0) + q
    + dns.record("name.test", dns.A, "127.0.0.1", 0),
], ids=["empty", "short", "noise", "counts", "loop", "cut", "wrong-id"])
def test_garbage(peer, world, garbage):
    world.dns.set("name.test", [PUBLIC], garbage=garbage)
    a = get(peer, connect=1)
    assert a.end in ("dns_failed", "connect_timeout")
    assert world.reached() == []


def test_answer_for_another_name_is_no_answer(peer, world):
    """Records that nobody asked for, beside and instead of the right ones."""
    def liar(ident, question):
        return (struct.pack(">HHHHHH", ident, 0x8180, 1, 1, 0, 0) + question
                + dns.record("elsewhere.test", dns.A, PUBLIC, 0))
    world.dns.set("name.test", [], garbage=liar)
    get(peer, connect=2)
    world.dns.set("elsewhere.test", ["127.0.0.1"])
    assert all(a == PUBLIC for a in world.reached())


@pytest.mark.parametrize("n", [1, 5, 15])
def test_cname_chains(peer, world, n):
    world.dns.set("name.test", [PUBLIC], chain=n)
    assert get(peer).end == "ok"
    assert world.web.requests[-1].header("host") == "name.test"


def test_cname_chain_to_a_private_address(peer, world):
    world.dns.set("name.test", [PRIVATE], chain=5)
    a = get(peer)
    assert a.end == "address_refused" and world.reached() == []


def test_cname_to_localhost(peer, world):
    def alias(ident, question):
        return (struct.pack(">HHHHHH", ident, 0x8180, 1, 1, 0, 0) + question
                + dns.record("name.test", dns.CNAME, "localhost", 0))
    world.dns.set("name.test", [], garbage=alias)
    a = get(peer, connect=3)
    assert a.end in ("dns_failed", "address_refused") and world.reached() == []


def test_truncated_answers_are_asked_for_by_tcp(peer, world):
    world.dns.set("name.test", [PUBLIC], truncate=True)
    assert get(peer).end == "ok"
    assert {t for n, _, t in world.dns.questions if n == "name.test"} == {"udp", "tcp"}


def test_private_address_in_the_tcp_answer(peer, world):
    world.dns.set("name.test", [PUBLIC, PRIVATE], truncate=True)
    assert get(peer).end == "address_refused"


def test_many_addresses_are_all_judged(peer, world):
    many = [f"93.184.216.{i}" for i in range(100, 150)]
    world.dns.set("name.test", many + ["10.99.0.1"], truncate=True)
    assert get(peer).end == "address_refused" and world.reached() == []


def test_too_many_addresses(peer, world):
    world.dns.set("name.test", [f"93.184.216.{i}" for i in range(100, 180)], truncate=True)
    failed(world, get(peer), "too many addresses")


def test_slow_half_still_counts(peer, world):
    """A is public at once; AAAA is private and late."""
    world.dns.set("name.test", [PUBLIC, "fd12:3456::1"], slow_aaaa=0.3)
    a = get(peer)
    assert a.end == "address_refused" and world.reached() == []


def test_no_search_domain_and_no_number(world, egress):
    world.dns.questions.clear()
    with egress.peer("intranet:80") as p:
        assert p.fetch("http://intranet/").end == "dns_failed"
    assert {n for n, _, _ in world.dns.questions} == {"intranet"}


# --- remembered names ---------------------------------------------------------

def test_time_to_live_is_kept(peer, world):
    world.dns.set("name.test", [PUBLIC], ttl=30)
    for _ in range(5):
        assert get(peer).end == "ok"
    assert world.dns.lookups("name.test") == 1


def test_time_to_live_zero_asks_again(peer, world):
    world.dns.set("name.test", [PUBLIC], ttl=0)
    for _ in range(3):
        get(peer)
    assert world.dns.lookups("name.test") == 3


def test_time_to_live_ends(peer, world):
    world.dns.set("name.test", [PUBLIC], [PRIVATE], ttl=1)
    assert get(peer).end == "ok"
    world.until(lambda: get(peer).end == "address_refused", what="a second lookup")
    assert world.dns.lookups("name.test") == 2


def test_names_are_not_remembered_across_servers(egress, world):
    world.dns.set("name.test", [PUBLIC], ttl=60)
    for _ in range(2):
        with egress.peer("name.test:80", env=str(uuid.uuid4())) as p:
            p.fetch("http://name.test/")
    assert world.dns.lookups("name.test") == 2


def test_failures_are_not_remembered(peer, world):
    world.dns.names.pop("name.test", None)
    assert get(peer).end == "dns_failed"
    world.dns.set("name.test", [PUBLIC], ttl=60)
    assert get(peer).end == "ok"


# --- the system's own configuration -----------------------------------------------

@pytest.fixture
def system(tmp_path, make_egress):
    """Started with a resolv.conf and a hosts file of the test's."""
    def make(resolv, hosts, **kw):
        for name, text in (("resolv.conf", resolv), ("hosts", hosts)):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o644)
        tmp_path.chmod(0o755)
        mounts = " && ".join(f"mount --bind {tmp_path}/{n} /etc/{n}"
                             for n in ("resolv.conf", "hosts"))
        return make_egress(egress_dns=kw.get("egress_dns"), wrap=[
            "unshare", "-m", "--propagation", "private", "sh", "-c",
            f'{mounts} && exec "$0" "$@"'])
    return make


def test_resolv_conf(system, world):
    world.dns.set("name.test", [PUBLIC])
    with system(f"search evil.test\noptions ndots:5\nnameserver {DNS}\n", "") as e, \
            e.peer("name.test:80") as p:
        assert p.fetch("http://name.test/").end == "ok"
    assert {n for n, _, _ in world.dns.questions} == {"name.test"}


def test_hosts_file(system, world):
    with system(f"nameserver {DNS}\n", f"{PUBLIC} fixed.test\n{PRIVATE} inside.test\n"
                "127.0.0.1 loop.test\n") as e, e.peer(
            "fixed.test:80", "inside.test:80", "loop.test:80") as p:
        assert p.fetch("http://fixed.test/").end == "ok"
        assert p.fetch("http://inside.test/").end == "address_refused"
        assert p.fetch("http://loop.test/").end == "address_refused"
    assert world.dns.questions == []


def test_hosts_file_is_read_again(system, world, tmp_path):
    with system(f"nameserver {DNS}\n", f"{PUBLIC} fixed.test\n") as e, \
            e.peer("fixed.test:80") as p:
        assert p.fetch("http://fixed.test/").end == "ok"
        (tmp_path / "hosts").write_text("127.0.0.1 fixed.test\n")
        world.until(lambda: p.fetch("http://fixed.test/").end == "address_refused",
                    what="the new hosts file")


@pytest.mark.parametrize("setting", ["nonsense", "1.2.3.4:99999", "host.test:53", "1.2.3.4:53:53",
                                     "1.2.3.4", "::1:53", "1.2.3.4:53,", "1.2.3.4:53 ", "[1.2.3.4]:53"])
def test_bad_setting(make_egress, setting):
    with pytest.raises(AssertionError) as e:
        make_egress(egress_dns=setting)
    assert "MCPBOX_EGRESS_DNS" in str(e.value)


# --- ending in the middle -----------------------------------------------------------

def test_cancel_during_a_lookup(lone, world):
    with lone.peer("name.test:80") as p:
        world.dns.set("name.test", [PUBLIC])
        assert get(p).end == "ok"
        before = lone.files()
        world.dns.set("name.test", [PUBLIC], drop=True)
        ids = [p.send("http://name.test/") for _ in range(10)]
        world.until(lambda: lone.files() == before + 10, what="ten lookups")
        for i in ids:
            p.cancel(i)
        for i in ids:
            assert p.wait(i).end == "cancelled"
        assert lone.files() == before


def test_peer_gone_during_a_lookup(lone, world):
    world.dns.set("name.test", [PUBLIC])
    with lone.peer("name.test:80") as stays:
        assert get(stays).end == "ok"
        before = lone.files()
        world.dns.set("name.test", [PUBLIC], drop=True)
        p = lone.peer("name.test:80", trace="gone-in-lookup")
        for _ in range(10):
            p.send("http://name.test/")
        world.until(lambda: lone.files() == before + 11, what="ten lookups")
        p.close()
        world.until(lambda: lone.files() == before, seconds=2, what="sockets closed")
    world.until(lambda: len(lone.requests(trace="gone-in-lookup", reason="cancelled")) == 10,
                what="ten log lines")
