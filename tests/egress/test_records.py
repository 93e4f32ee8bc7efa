"""What is told afterwards: records for the worker, lines in the log."""

import json
import uuid

import pytest
from net import PUBLIC, PUBLIC2
from wire import ENV2

U = "http://good.test"
CANARY = "canary-4b1d"


@pytest.fixture
def peer(egress, world):
    trace = f"trace-{uuid.uuid4()}"
    with egress.peer("good.test:*", "bad.test:80", trace=trace, tool="srv__tool",
                     env=ENV2) as p:
        p.trace = trace
        yield p


def line(egress, world, peer):
    world.until(lambda: egress.requests(trace=peer.trace), what="a log line")
    found = egress.requests(trace=peer.trace)
    assert len(found) == 1
    return found[0]


def test_record_of_a_request(peer):
    a = peer.fetch(f"{U}/echo?q=1#frag", method="POST", body=b"12345")
    r = a.record
    assert set(r) == {"id", "method", "url", "host", "port", "address", "decision", "reason",
                      "message", "status", "sent", "received", "duration_ms"}
    assert r["id"] == a.id and r["method"] == "POST" and r["url"] == f"{U}/echo?q=1"
    assert (r["host"], r["port"], r["address"]) == ("good.test", 80, PUBLIC)
    assert (r["decision"], r["reason"], r["message"]) == ("allowed", "ok", "")
    assert (r["status"], r["sent"], r["received"]) == (200, 5, len(a.body))
    assert 0 <= r["duration_ms"] < 5000
    assert a.received == len(a.body) and a.elapsed_us > 0


@pytest.mark.parametrize("url, want", [
    ("http://user:secret@good.test/x", "http://good.test/x"),
    ("https://user@good.test/x", "https://good.test/x"),
    ("ftp://user:secret@good.test/", "good.test/"),
    ("http://good.test/\r\nX", "http://good.test/\r\nX"),
    ("nonsense", "nonsense"), ("", "")])
def test_record_of_a_bad_url(peer, url, want):
    r = peer.fetch(url).record
    assert r["url"] == want
    assert (r["host"], r["port"], r["address"], r["status"]) == (None, None, None, None)
    assert r["decision"] == "refused"


def test_record_of_a_refusal(peer, world):
    world.dns.set("bad.test", [PUBLIC2, "127.0.0.1"])
    r = peer.fetch("http://bad.test/p").record
    assert (r["decision"], r["reason"], r["address"]) == ("refused", "address_refused",
                                                          "127.0.0.1")
    assert "never reachable" in r["message"] and r["status"] is None


def test_record_of_a_spelling_tells_the_address(peer):
    r = peer.fetch("http://0x7f.1:81/x").record
    assert (r["url"], r["host"], r["port"]) == ("http://127.0.0.1:81/x", "127.0.0.1", 81)


def test_long_url_is_cut(peer):
    r = peer.fetch(f"{U}/" + "a" * 8000).record
    assert len(r["url"]) == 1024


def test_log_line(egress, world, peer):
    peer.fetch(f"{U}/{CANARY}?{CANARY}=1", method="POST", body=CANARY.encode(),
               headers={"Authorization": f"Bearer {CANARY}", f"X-{CANARY}": CANARY})
    got = line(egress, world, peer)
    assert set(got) == {"time", "level", "program", "pid", "message", "trace", "env", "tool",
                        "host", "port", "decision", "reason", "address", "status", "sent",
                        "received", "ms"}
    assert got["level"] == "info" and got["program"] == "mcpbox-egress"
    assert (got["env"], got["tool"], got["host"], got["port"]) == (ENV2, "srv__tool", "good.test",
                                                                   80)
    assert (got["decision"], got["reason"], got["address"]) == ("allowed", "ok", PUBLIC)
    assert (got["status"], got["sent"]) == (200, len(CANARY))
    assert CANARY not in egress.text()


@pytest.mark.parametrize("url, reason, decision", [
    (f"http://{CANARY}:{CANARY}@good.test/", "bad_url", "refused"),
    (f"file:///{CANARY}", "bad_scheme", "refused"),
    (f"http://other.test/{CANARY}", "not_granted", "refused"),
    (f"http://good.test:9/{CANARY}", "connect_failed", "allowed"),
    (f"http://good.test/raw?hex=&{CANARY}", "protocol_error", "allowed"),
])
def test_log_line_of_other_ends(egress, world, peer, url, reason, decision):
    peer.fetch(url)
    got = line(egress, world, peer)
    assert (got["reason"], got["decision"]) == (reason, decision)
    assert CANARY not in egress.text()


def test_log_line_cannot_be_forged(egress, world):
    """What a peer names itself stays inside its field."""
    tool = 'x","message":"forged","y":"'
    with egress.peer("good.test:80", tool=tool, trace=tool) as p:
        assert p.fetch(U).end == "ok"
    world.until(lambda: egress.requests(trace=tool), what="the line")
    assert not [x for x in egress.lines() if x["message"] == "forged"]


def test_nothing_at_warning_level(make_egress, world):
    with make_egress(log_level="debug") as e, e.peer("good.test:*") as p:
        assert p.fetch(f"{U}/{CANARY}", headers={"X": CANARY}).end == "ok"
        assert CANARY not in e.text()


# --- debug ---------------------------------------------------------------------------

@pytest.fixture
def debug(egress, world):
    with egress.peer("good.test:*", debug=True) as p:
        yield p


def test_debug_tells_headers_as_sent(debug):
    r = debug.fetch(f"{U}/echo", headers=[("X-One", "1"), ("x-one", "2")]).record
    sent = r["request_headers"]
    assert sent[:2] == [["X-One", "1"], ["x-one", "2"]]
    assert [k for k, _ in sent[2:]] == ["User-Agent", "Accept", "Accept-Encoding"]
    assert ["Content-Type", "application/json"] in r["response_headers"]
    assert r["response_preview"].startswith('{"method": "GET"')


HIDDEN = ["Authorization", "authorization", "Cookie", "X-API-Key", "X-Auth-Token", "apikey",
          "X-Amz-Security-Token", "Api_Key", "X-Password", "X-Client-Secret", "X-Session",
          "X-Signature", "X-CSRF-Token", "Private-Token"]


@pytest.mark.parametrize("name", HIDDEN)
def test_debug_masks_credentials(debug, name):
    a = debug.fetch(f"{U}/echo", headers={name: CANARY})
    assert [name, CANARY] in json.loads(a.body)["headers"]
    assert [name, "***"] in a.record["request_headers"]
    a.record.pop("response_preview")
    assert CANARY not in json.dumps(a.record)


@pytest.mark.parametrize("value", [f"Bearer {CANARY}", f"basic {CANARY}", f"token {CANARY}",
                                   f"eyJ{CANARY}", f"ghp_{CANARY}", f"sk-{CANARY}"])
def test_debug_masks_what_looks_like_a_credential(debug, value):
    r = debug.fetch(f"{U}/hello", headers={"X-Custom": value}).record
    assert ["X-Custom", "***"] in r["request_headers"]


def test_debug_masks_answers_too(debug):
    hexed = (f"HTTP/1.1 200 OK\r\nSet-Cookie: {CANARY}\r\nX-Api-Key: {CANARY}\r\nX: y\r\n"
             "Content-Length: 0\r\n\r\n").encode().hex()
    a = debug.fetch(f"{U}/raw?hex={hexed}")
    assert a.header("set-cookie") == CANARY
    assert ["Set-Cookie", "***"] in a.record["response_headers"]
    assert ["X", "y"] in a.record["response_headers"]
    a.record.pop("url")
    assert CANARY not in json.dumps(a.record)


def test_debug_preview_is_short(debug):
    r = debug.fetch(f"{U}/big?n=100000").record
    assert r["response_preview"] == "x" * 500 and r["received"] == 100000


def test_debug_preview_of_what_was_compressed(debug):
    r = debug.fetch(f"{U}/encoded?kind=gzip").record
    assert r["response_preview"] == ("plain text " * 100)[:500]


def test_debug_preview_counts_characters(debug):
    body = ("ä€😀" * 300).encode()
    hexed = (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:0]).hex()
    a = debug.fetch(f"{U}/raw?hex={hexed}")  # broken off: a preview of nothing
    assert a.end == "protocol_error" and a.record["response_preview"] == ""
    short = "ä€😀" * 150
    hexed = (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + short.encode()).hex()
    r = debug.fetch(f"{U}/raw?hex={hexed}").record
    assert r["response_preview"] == short[:450]


def test_debug_preview_of_binary(debug):
    hexed = (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\x00a\xfe").hex()
    assert debug.fetch(f"{U}/raw?hex={hexed}").record["response_preview"] == "\ufffd\0a\ufffd"


def test_debug_of_a_refusal(debug, world):
    r = debug.fetch("http://other.test/", headers={"X": "y"}).record
    assert r["request_headers"] == [] and "response_headers" not in r
    assert "response_preview" not in r and world.reached() == []


def test_debug_record_of_many_headers_fits(debug):
    headers = [(f"X-{i}", '"' * 600) for i in range(100)]
    a = debug.fetch(f"{U}/headers?n=90&size=600", headers=headers)
    assert a.end == "ok"
    assert 10 <= len(a.record["request_headers"]) < 100
    assert all(len(v) <= 256 for _, v in a.record["request_headers"])


def test_no_debug_no_headers(peer):
    assert "request_headers" not in peer.fetch(U).record
