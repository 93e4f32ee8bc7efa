"""Budgets, floods, bombs, slow servers, back-pressure, cancelling."""

import time
import uuid

import pytest
from wire import RECORD

U = "http://good.test"
MIB = 1024 * 1024


def open_(egress, *grants, **kw):
    kw.setdefault("env", str(uuid.uuid4()))
    return egress.peer(*(grants or ("good.test:*",)), **kw)


def rss(egress):
    return int(egress.status("VmRSS").split()[0]) * 1024


# --- the run's budget --------------------------------------------------------------

def test_number_of_requests(egress, world):
    with open_(egress, requests=3) as p:
        assert [p.fetch(f"{U}/").end for _ in range(5)] == ["ok"] * 3 + ["limit"] * 2
        a = p.answers[4]
        assert "as many requests as it may" in a.message
        assert a.record["decision"] == "refused"
    assert len(world.web.requests) == 3


def test_no_requests_at_all(egress, world):
    with open_(egress, requests=0) as p:
        assert p.fetch(f"{U}/").end == "limit"
    assert world.reached() == []


def test_refused_requests_count(egress, world):
    with open_(egress, requests=2) as p:
        assert [p.fetch("http://nowhere.test/").end for _ in range(3)] == [
            "not_granted", "not_granted", "limit"]


def test_each_run_has_its_own_budget(egress, world):
    env = str(uuid.uuid4())
    with open_(egress, requests=1, env=env) as a, open_(egress, requests=1, env=env) as b:
        assert a.fetch(f"{U}/").end == "ok" and b.fetch(f"{U}/").end == "ok"
        assert a.fetch(f"{U}/").end == "limit"


def test_bytes_received(egress, world):
    with open_(egress, transfer=100_000) as p:
        assert p.fetch(f"{U}/big?n=60000").end == "ok"
        a = p.fetch(f"{U}/big?n=60000")
        assert a.end == "limit" and "used up the bytes" in a.message
        assert a.record["decision"] == "allowed" and len(a.body) <= 40000


def test_bytes_received_count_after_decompression(egress, world):
    with open_(egress, transfer=1000) as p:
        assert p.fetch(f"{U}/encoded?kind=gzip").end == "limit"


def test_bytes_sent(egress, world):
    with open_(egress, transfer=1000) as p:
        a = p.fetch(f"{U}/echo", method="POST", body=b"x" * 1001)
        assert a.end == "limit" and a.record["decision"] == "refused"
    assert world.reached() == []


def test_bytes_both_ways(egress, world):
    with open_(egress, transfer=1000) as p:
        assert p.fetch(f"{U}/", method="POST", body=b"x" * 990).end == "ok"
        assert p.fetch(f"{U}/big?n=100").end == "limit"


def test_nothing_may_be_received(egress, world):
    with open_(egress, transfer=0) as p:
        assert p.fetch(f"{U}/").end == "limit"
        a = p.fetch(f"{U}/status?n=204")
        assert (a.end, a.status) == ("ok", 204)


# --- answers without end --------------------------------------------------------------

@pytest.fixture(scope="module")
def small(make_egress):
    """One that passes a megabyte on, and is slow for nobody."""
    with make_egress(egress_max_response=MIB, egress_timeout_seconds=5) as e:
        yield e


@pytest.mark.parametrize("path", ["/flood", "/endless", "/bomb", f"/big?n={MIB + 1}",
                                  f"/big?n={1 << 40}"])
def test_answers_that_are_too_large(small, world, path):
    before = rss(small)
    with open_(small) as p:
        a = p.fetch(U + path)
        assert a.end == "protocol_error" and "larger" in a.message, a
        assert len(a.body) <= MIB
    assert rss(small) - before < 16 * MIB


def test_largest_answer(small, world):
    with open_(small) as p:
        a = p.fetch(f"{U}/big?n={MIB}")
        assert a.end == "ok" and len(a.body) == MIB == a.received


def test_many_bombs_at_once(small, world):
    before = rss(small)
    with open_(small) as p:
        ids = [p.send(f"{U}/bomb") for _ in range(16)]
        assert all(p.wait(i).end == "protocol_error" for i in ids)
    assert rss(small) - before < 32 * MIB


@pytest.mark.parametrize("path", ["/header-flood", "/interim-flood", "/headers?n=101",
                                  "/headers?n=3&size=30000", "/headers?n=1&size=65536"])
def test_too_many_headers(small, world, path):
    with open_(small) as p:
        a = p.fetch(U + path)
        assert a.end == "protocol_error" and a.status is None, a


@pytest.mark.parametrize("path", ["/headers?n=90", "/headers?n=1&size=60000"])
def test_many_headers(small, world, path):
    with open_(small) as p:
        a = p.fetch(U + path)
        assert a.end == "ok" and a.body == b"body"
        assert sum(len(v) for _, v in a.headers) >= 60


# --- time ----------------------------------------------------------------------------

@pytest.mark.parametrize("path, phase", [
    ("/silent", "no answer yet"), ("/slow-head", "no answer yet"),
    ("/trickle", "not complete"), ("/late-body", "no answer yet")])
def test_slow_servers(small, world, path, phase):
    with open_(small) as p:
        start = time.monotonic()
        a = p.fetch(U + path, timeout=0.5, body=b"x" * MIB if "body" in path else None)
        assert a.end == "timeout" and phase in a.message, a
        assert 0.4 < time.monotonic() - start < 2
        assert 400_000 < a.elapsed_us < 2_000_000


def test_default_time(make_egress, world):
    with make_egress(egress_timeout_seconds=1) as e, open_(e) as p:
        assert p.fetch(f"{U}/silent").end == "timeout"


def test_most_time(make_egress, world):
    with make_egress(egress_max_timeout_seconds=1) as e, open_(e) as p:
        assert p.fetch(f"{U}/silent", timeout=60).end == "timeout"


def test_connect_time(small, world, net):
    """An address that swallows packets."""
    net.ip(net.inside, "neigh", "add", "172.30.0.99", "lladdr", "02:00:00:00:00:99",
           "dev", "i0", "nud", "permanent")
    try:
        with open_(small, "private 172.30.0.99:80") as p:
            start = time.monotonic()
            a = p.fetch("http://172.30.0.99/", connect=0.4)
            assert a.end == "connect_timeout" and "take the connection" in a.message, a
            assert time.monotonic() - start < 2
            a = p.fetch("http://172.30.0.99/", timeout=0.4)
            assert a.end == "connect_timeout" and a.status is None
    finally:
        net.ip(net.inside, "neigh", "del", "172.30.0.99", "dev", "i0")


def test_time_runs_while_it_waits_for_its_turn(small, world):
    with open_(small) as p:
        for _ in range(16):
            p.send(f"{U}/silent", timeout=5)
        a = p.fetch(f"{U}/hello", timeout=0.3)
        assert a.end == "pool_timeout" and "waiting for its turn" in a.message


def test_times_of_the_parts(small, world):
    """Each ends by its own, however long the others may take."""
    with open_(small) as p:
        start = time.monotonic()
        a = p.fetch(f"{U}/silent", read=0.4, write=9, connect=9, pool=9)
        assert a.end == "timeout" and "no answer yet" in a.message, a
        a = p.fetch(f"{U}/silent", read=0.4, write=9, method="POST", body=b"x" * MIB)
        assert a.end == "timeout" and "no answer yet" in a.message, a
        a = p.fetch(f"{U}/late-body/deaf", write=0.4, read=9, method="POST", body=b"x" * 7 * MIB)
        assert a.end == "write_timeout" and "not sent yet" in a.message, a
        for _ in range(16):
            p.send(f"{U}/silent", timeout=8)
        a = p.fetch(f"{U}/hello", pool=0.4, read=9)
        assert a.end == "pool_timeout", a
        assert 1.5 < time.monotonic() - start < 7


def test_silence_is_counted_not_the_whole(small, world):
    """Pieces come every 50 ms: that is no silence of 400 ms, for any time."""
    with open_(small) as p:
        a = p.fetch(f"{U}/trickle", read=0.4, timeout=1.5)
        assert a.end == "timeout" and a.elapsed_us > 1_400_000 and len(a.body) > 5, a
        a = p.fetch(f"{U}/stop-half", read=0.4)
        assert a.end == "timeout" and a.body == b"half" and a.elapsed_us < 1_400_000, a


def test_a_reader_that_is_slow_is_no_silence(lone, world):
    """What waits on our own side does not count against the server."""
    with open_(lone) as p:
        i = p.send(f"{U}/big?n={8 * MIB}", read=0.3)
        world.until(lambda: world.web.requests, what="the request")
        time.sleep(1.0)  # nobody reads
        a = p.wait(i)
        assert a.end == "ok" and len(a.body) == 8 * MIB, a

# --- sixteen at a time -----------------------------------------------------------------

def test_sixteen_at_a_time(small, world):
    with open_(small) as p:
        ids = [p.send(f"{U}/silent", timeout=4) for _ in range(16)]
        last = [p.send(f"{U}/hello", timeout=4) for _ in range(3)]
        world.until(lambda: len(world.web.requests) == 16, what="sixteen requests")
        assert len(world.web.requests) == 16
        p.cancel(ids[0])
        for i in last:
            assert p.wait(i).end == "ok"
        assert len(world.web.requests) == 19
        assert p.answers[ids[1]].end is None


def test_a_full_run_does_not_hold_up_another(small, world):
    with open_(small) as busy, open_(small) as other:
        for _ in range(40):
            busy.send(f"{U}/silent", timeout=4)
        assert other.fetch(f"{U}/hello").end == "ok"


def test_hundreds_in_a_row(small, world):
    with open_(small, requests=1000) as p:
        ids = [p.send(f"{U}/x") for _ in range(500)]
        assert all(p.wait(i).end == "ok" for i in ids)


# --- cancelling ---------------------------------------------------------------------------

def test_cancel(lone, world):
    with open_(lone) as p:
        assert p.fetch(f"{U}/no-answer").end == "protocol_error"  # its pool is there
        before = lone.files()
        i = p.send(f"{U}/silent")
        world.until(lambda: len(world.web.requests) == 2, what="the request")
        start = time.monotonic()
        p.cancel(i)
        a = p.wait(i)
        assert a.end == "cancelled" and time.monotonic() - start < 0.5
        assert a.record["decision"] == "allowed"
        world.until(world.web.gone.is_set, what="the server sees the end")
        assert lone.files() == before
        assert p.fetch(f"{U}/hello").end == "ok"


def test_cancel_in_the_middle_of_an_answer(egress, world):
    with open_(egress) as p:
        i = p.send(f"{U}/trickle")
        p.wait(i, until=lambda a: len(a.body) > 3)
        p.cancel(i)
        a = p.wait(i)
        assert a.end == "cancelled" and a.status == 200 and a.received > 3


def test_cancel_while_it_waits(egress, world):
    with open_(egress) as p:
        ids = [p.send(f"{U}/silent") for _ in range(17)]
        p.cancel(ids[16])
        assert p.wait(ids[16]).end == "cancelled"
        world.until(lambda: len(world.web.requests) == 16, what="the others")


def test_cancel_of_nothing(egress, world):
    with open_(egress) as p:
        i = p.send(f"{U}/hello")
        p.wait(i)
        for n in (i, 77, 0xFFFFFFFF):
            p.cancel(n)
        assert p.fetch(f"{U}/hello").end == "ok"


def test_peer_gone_in_the_middle(lone, world):
    env = str(uuid.uuid4())
    with open_(lone, env=env) as stays:
        assert stays.fetch(f"{U}/no-answer").end == "protocol_error"  # its pool is there
        before = lone.files()
        p = open_(lone, env=env, trace="gone-in-the-middle")
        i = p.send(f"{U}/trickle")
        p.send(f"{U}/silent")
        p.wait(i, until=lambda a: a.body)
        p.close()
        world.until(world.web.gone.is_set, what="the server sees the end")
        world.until(lambda: lone.files() == before, what="sockets closed")
    world.until(lambda: len(lone.requests(trace="gone-in-the-middle")) == 2, what="log lines")
    assert {r["reason"] for r in lone.requests(trace="gone-in-the-middle")} == {"cancelled"}


# --- back-pressure --------------------------------------------------------------------------

@pytest.mark.parametrize("path, size", [(f"/big?n={12 * MIB}", 12 * MIB), ("/bomb", None)])
def test_a_peer_that_does_not_read(egress, world, path, size):
    before = rss(egress)
    with open_(egress) as p:
        ids = [p.send(U + path, timeout=60) for _ in range(8)]
        # The first may fill what there is room for before the last is begun.
        world.until(lambda: world.web.requests, what="requests")
        # Until nothing moves any more, and then some.
        last, since = None, time.monotonic()
        while time.monotonic() - since < 0.5:
            now = egress.status("voluntary_ctxt_switches")
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.02)
        assert rss(egress) - before < 12 * MIB
        # Others are served meanwhile.
        with open_(egress) as q:
            assert q.fetch(f"{U}/hello").end == "ok"
        for i in ids:
            a = p.wait(i)
            if size is not None:
                assert a.end == "ok" and len(a.body) == size
            else:
                assert a.end == "protocol_error" and "larger" in a.message


def test_a_slow_peer_gets_everything(egress, world):
    with open_(egress) as p:
        i = p.send(f"{U}/big?n={4 * MIB}", timeout=60)
        j = p.send(f"{U}/encoded?kind=gzip", timeout=60)
        for n in range(60):
            p.take()
            if n % 10 == 0:
                time.sleep(0.02)
        assert len(p.wait(i).body) == 4 * MIB
        assert p.wait(j).body == b"plain text " * 100


def test_time_runs_while_the_peer_does_not_read(egress, world):
    with open_(egress, trace="not-reading") as p:
        i = p.send(f"{U}/big?n={8 * MIB}", timeout=0.5)
        world.until(lambda: egress.requests(trace="not-reading", reason="timeout"), what="timeout")
        a = p.wait(i)
        assert a.end == "timeout" and len(a.body) < 8 * MIB


def test_large_bodies_wait_their_turn(egress, world):
    """More than one run may hold in memory; all of it arrives."""
    with open_(egress) as p:
        before = rss(egress)
        body = b"x" * (7 * MIB)
        ids = []
        import threading
        t = threading.Thread(target=lambda: ids.extend(
            p.send(f"{U}/echo-{n}", method="POST", body=body, timeout=60) for n in range(12)))
        t.start()
        kinds = 0
        while kinds < 12:
            kind, ident, payload = p.read_frame()
            p.answers[ident].take(kind, payload)
            kinds += kind == RECORD
        t.join()
        assert all(p.answers[i].end == "ok" for i in ids)
        assert rss(egress) - before < 120 * MIB
    assert sum(len(r.body) for r in world.web.requests) == 12 * 7 * MIB
