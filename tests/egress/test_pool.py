"""Connections: used again by those who may, by nobody else, and not for ever."""

import uuid

import pytest
from net import PUBLIC

U = "http://good.test"


def conn(peer, path="/hello"):
    a = peer.fetch(U + path)
    assert a.end == "ok", a
    return a.header("x-connection")


def test_used_again_in_one_run(egress, world):
    with egress.peer("good.test:80", env=str(uuid.uuid4())) as p:
        assert len({conn(p) for _ in range(10)}) == 1
    assert len(world.web.connections) == 1


def test_used_again_by_the_next_run(egress, world):
    env = str(uuid.uuid4())
    seen = set()
    for i in range(5):
        with egress.peer("good.test:80", "other.test:80", env=env, trace=f"t{i}") as p:
            seen.add(conn(p))
    assert len(seen) == 1


def test_order_of_grants_does_not_matter(egress, world):
    env = str(uuid.uuid4())
    with egress.peer("good.test:80", "other.test:80", env=env) as a, \
            egress.peer("other.test:80", "good.test:80", env=env) as b:
        assert conn(a) == conn(b)


def test_not_shared_by_servers(egress, world):
    with egress.peer("good.test:80", env=str(uuid.uuid4())) as a, \
            egress.peer("good.test:80", env=str(uuid.uuid4())) as b:
        assert conn(a) != conn(b)
        assert conn(a) == conn(a) and conn(b) == conn(b)


@pytest.mark.parametrize("one, two", [
    (["good.test:80"], ["good.test:*"]),
    (["good.test:80"], ["private good.test:80"]),
    (["good.test:80"], ["good.test:80", "other.test:80"]),
    (["good.test:80", "a.test:1"], ["good.test:80", "a.test:2"]),
    # Joined without care these would be the same.
    (["good.test:80", "a.test:1"], ["good.test:80a.test:1", "good.test:80"]),
])
def test_not_shared_across_grants(egress, world, one, two):
    env = str(uuid.uuid4())
    with egress.peer(*one, env=env) as a, egress.peer(*two, env=env) as b:
        assert conn(a) != conn(b)


def test_a_revoked_grant_ends_its_connections_use(egress, world):
    """The private name was reached; without the grant its connection is of no use."""
    env = str(uuid.uuid4())
    world.dns.set("name.test", ["10.99.0.1"])
    with egress.peer("private name.test:80", env=env) as p:
        assert p.fetch("http://name.test/").end == "ok"
    with egress.peer("name.test:80", env=env) as p:
        assert p.fetch("http://name.test/").end == "address_refused"
    with egress.peer(env=env) as p:
        assert p.fetch("http://name.test/").end == "not_granted"
    assert world.reached() == ["10.99.0.1"]


def test_not_shared_by_ports_and_schemes(egress, world):
    with egress.peer("good.test:*", env=str(uuid.uuid4())) as p:
        for url in ("http://good.test/", "http://good.test:8080/", "https://good.test/"):
            assert p.fetch(url).end == "ok"
            assert p.fetch(url).end == "ok"
    assert [len(s.connections) for s in (world.web, world.alt, world.tls)] == [1, 1, 1]


def test_closed_when_unused(make_egress, world):
    with make_egress(egress_idle_seconds=1) as e:
        empty = e.files()
        with e.peer("good.test:80") as p:
            conn(p)
        assert e.files() > empty
        world.until(lambda: e.files() == empty, what="connections closed")
        with e.peer("good.test:80") as p:
            conn(p)
    assert len(world.web.connections) == 2


def test_only_so_many_servers_are_kept(make_egress, world):
    with make_egress(egress_max_pools=2) as e:
        empty = e.files()
        envs = [str(uuid.uuid4()) for _ in range(10)]
        for env in envs:
            with e.peer("good.test:80", env=env) as p:
                conn(p)
        # A socket and what libcurl wakes itself up with, each.
        world.until(lambda: e.files() <= empty + 2 * 3, what="the rest closed")
        with e.peer("good.test:80", env=envs[-1]) as p:
            conn(p)
        assert len(world.web.connections) == 10
        with e.peer("good.test:80", env=envs[0]) as p:
            conn(p)
        assert len(world.web.connections) == 11


def test_only_so_many_connections_are_kept(egress, world):
    """Two runs at once open 32; afterwards 16 are there to be used again."""
    env = str(uuid.uuid4())
    with egress.peer("good.test:80", env=env) as a, egress.peer("good.test:80", env=env) as b:
        for sent, opened in ((32, 32), (64, 48)):
            ids = [(p, p.send(f"{U}/together?n={sent}")) for _ in range(16) for p in (a, b)]
            for p, i in ids:
                assert p.wait(i).end == "ok"
            assert len(world.web.connections) == opened


# --- a connection that breaks when it is used again --------------------------------

@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_repeated_when_that_is_safe(egress, world, method):
    with egress.peer("good.test:80", env=str(uuid.uuid4())) as p:
        assert p.fetch(f"{U}/late-close").end == "ok"
        a = p.fetch(f"{U}/hello", method=method)
        assert a.end == "ok", a
    assert len(world.web.connections) == 2


@pytest.mark.parametrize("method", ["POST", "PATCH", "ANYTHING"])
def test_not_repeated_when_it_might_be_done_twice(egress, world, method):
    with egress.peer("good.test:80", env=str(uuid.uuid4())) as p:
        assert p.fetch(f"{U}/late-close").end == "ok"
        a = p.fetch(f"{U}/hello", method=method, body=b"x")
        assert a.end == "protocol_error" and "not sent again" in a.message, a
        assert p.fetch(f"{U}/hello", method=method, body=b"x").end == "ok"
    assert [r.method for r in world.web.requests if r.path == "/hello"] == [method]


def test_no_answer_is_not_repeated_for_ever(egress, world):
    with egress.peer("good.test:80", env=str(uuid.uuid4())) as p:
        assert p.fetch(f"{U}/no-answer").end == "protocol_error"
    assert len(world.web.requests) <= 2


def test_two_runs_at_once_have_two_connections(egress, world):
    """A run that does not read holds up nobody."""
    env = str(uuid.uuid4())
    with egress.peer("good.test:*", env=env) as a, egress.peer("good.test:*", env=env) as b:
        a.send("https://good.test:8443/")  # HTTP/2
        a.send(f"{U}/big?n=8000000")
        assert b.fetch("https://good.test:8443/").end == "ok"
        assert b.fetch(f"{U}/hello").end == "ok"
    assert set(world.reached()) == {PUBLIC}
