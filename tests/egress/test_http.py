"""Requests and answers as tools see them."""

import json

import pytest
from net import PUBLIC


@pytest.fixture
def peer(egress, world):
    with egress.peer("good.test:*") as p:
        yield p


U = "http://good.test"


def echo(peer, **kw):
    a = peer.fetch(f"{U}/echo", **kw)
    assert a.end == "ok", a
    return json.loads(a.body)


def names(got):
    return [k for k, _ in got["headers"]]


def values(got, name):
    return [v for k, v in got["headers"] if k.lower() == name]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
                                    "PROPFIND", "M-SEARCH", "get"])
def test_methods(peer, method):
    assert echo(peer, method=method)["method"] == method


def test_head(peer):
    a = peer.fetch(f"{U}/status?n=200", method="HEAD")
    # The server sends a body, which HEAD does not have; the connection is not used again.
    assert (a.end, a.status, a.body) == ("ok", 200, b"")


@pytest.mark.parametrize("method, body, length", [
    ("GET", None, []), ("DELETE", None, []), ("OPTIONS", None, []), ("POST", None, ["0"]),
    ("PUT", None, ["0"]), ("PATCH", None, ["0"]), ("POST", b"", ["0"]), ("POST", b"abc", ["3"]),
    ("GET", b"abc", ["3"]), ("DELETE", b"abc", ["3"]), ("PROPFIND", b"<x/>", ["4"]),
    ("OPTIONS", b"a\x00\xff\r\n\r\n", ["7"])])
def test_bodies(peer, method, body, length):
    got = echo(peer, method=method, body=body)
    assert values(got, "content-length") == length
    assert got["body"].encode("latin-1") == (body or b"")
    assert values(got, "transfer-encoding") == [] and values(got, "expect") == []
    assert values(got, "content-type") == []


def test_large_body(peer, world):
    body = bytes(range(256)) * 32 * 1024  # 8 MiB
    a = peer.fetch(f"{U}/echo-length", method="POST", body=body)
    assert a.end == "ok"
    assert world.web.requests[-1].body == body
    assert a.record["sent"] == len(body)


def test_headers_arrive_in_order_and_unchanged(peer):
    sent = [("X-One", "1"), ("x-two", "two words"), ("X-One", "again"), ("Cookie", "a=b; c=d"),
            ("Authorization", "Bearer t"), ("X-Empty", ""), ("X-Tab", "a\tb"),
            ("X-Latin", b"\xe4"), ("X-Utf8", "ä")]
    got = echo(peer, headers=sent)
    seen = [(k, v) for k, v in got["headers"] if k.lower().startswith(("x-", "cook", "auth"))]
    assert [k for k, _ in seen] == [k for k, _ in sent]
    assert values(got, "x-one") == ["1", "again"] and values(got, "x-empty") == [""]
    assert values(got, "x-latin") == ["\xe4"] and values(got, "cookie") == ["a=b; c=d"]
    assert values(got, "x-utf8") == ["ä".encode().decode("latin-1")]


def test_default_headers(peer):
    got = echo(peer)
    assert sorted(names(got)) == ["Accept", "Accept-Encoding", "Host", "User-Agent"]
    assert values(got, "host") == ["good.test"]
    assert values(got, "user-agent")[0].startswith("mcpbox/")
    assert values(got, "accept-encoding") == ["gzip, deflate"]


def test_default_headers_can_be_replaced(peer):
    got = echo(peer, headers={"user-agent": "u", "ACCEPT": "a/b", "Accept-Encoding": "identity",
                              "Content-Type": "x/y"}, method="POST", body=b"z")
    assert values(got, "user-agent") == ["u"] and values(got, "accept") == ["a/b"]
    assert values(got, "accept-encoding") == ["identity"]
    assert values(got, "content-type") == ["x/y"]


@pytest.mark.parametrize("url, host", [
    ("http://good.test:80/echo", "good.test"), ("http://good.test:8080/echo", "good.test:8080"),
    ("http://GOOD.test./echo", "good.test")])
def test_host_header_is_the_one_spelling(peer, url, host):
    a = peer.fetch(url)
    assert values(json.loads(a.body), "host") == [host]


@pytest.mark.parametrize("path, seen", [
    ("", "/"), ("/", "/"), ("?a=b", "/?a=b"), ("/a/../b", "/a/../b"), ("/./a//b", "/./a//b"),
    ("/%2e%2e/%2F", "/%2e%2e/%2F"), ("/a#b", "/a"), ("/a?b#c", "/a?b"), ("/a?b?c", "/a?b?c"),
    ("/a@b:c", "/a@b:c"), ("/a;b=c", "/a;b=c"), ("/a%00b", "/a%00b"), ("/a%0d%0ab", "/a%0d%0ab")])
def test_paths_go_out_as_they_are(peer, world, path, seen):
    assert peer.fetch(U + path).end == "ok"
    assert world.web.requests[-1].path == seen


@pytest.mark.parametrize("n", [200, 201, 204, 206, 304, 400, 401, 403, 404, 407, 418, 429, 500,
                               503, 599])
def test_statuses_are_answers(peer, n):
    a = peer.fetch(f"{U}/status?n={n}")
    assert (a.end, a.status, a.version) == ("ok", n, "HTTP/1.1")
    assert a.body == (b"" if n in (204, 304) else b"body")


@pytest.mark.parametrize("line", ["HTTP/1.1 600 X", "HTTP/1.1 099 X", "HTTP/1.1 999 X",
                                  "HTTP/3.0 200 X", "nonsense", "SSH-2.0-x", "220 smtp",
                                  "HTTP/1.1 20", "ICY 200 OK"])
def test_what_is_not_http(peer, line):
    hexed = (line + "\r\nContent-Length: 2\r\n\r\nhi").encode().hex()
    a = peer.fetch(f"{U}/raw?hex={hexed}")
    assert a.end == "protocol_error", a
    assert "good.test" in a.message and a.record["decision"] == "allowed"


def test_http10(peer):
    hexed = b"HTTP/1.0 200 OK\r\n\r\nold".hex()
    a = peer.fetch(f"{U}/raw?hex={hexed}")
    assert (a.end, a.version, a.body) == ("ok", "HTTP/1.0", b"old")


def test_response_headers_in_order(peer):
    hexed = (b"HTTP/1.1 200 OK\r\nb: 1\r\nA:  2 \r\nb: 3\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"
             b"X-Latin: \xe4\r\nContent-Length: 0\r\n\r\n").hex()
    a = peer.fetch(f"{U}/raw?hex={hexed}")
    assert a.headers == [("b", "1"), ("A", "2"), ("b", "3"), ("Set-Cookie", "a=b"),
                         ("Set-Cookie", "c=d"), ("X-Latin", "\xe4"), ("Content-Length", "0")]


def test_cookies_are_not_kept(peer, world):
    hexed = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n".hex()
    peer.fetch(f"{U}/raw?hex={hexed}")
    assert values(echo(peer), "cookie") == []


def test_interim_answers_are_passed_over(peer):
    a = peer.fetch(f"{U}/interim")
    assert (a.end, a.status, a.body) == ("ok", 200, b"after hints")
    assert a.header("link") is None


def test_trailers_are_dropped(peer):
    a = peer.fetch(f"{U}/trailers")
    assert (a.end, a.body) == ("ok", b"hello") and a.header("x") is None


def test_folded_header(peer):
    assert peer.fetch(f"{U}/folded").header("x") == "a b"


def test_switching_protocols(peer):
    assert peer.fetch(f"{U}/switching").end == "protocol_error"


@pytest.mark.parametrize("data, why", [
    (b"", "without an answer"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "broke off"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "broke off"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ""),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ""),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", ""),
])
def test_broken_answers(peer, data, why):
    a = peer.fetch(f"{U}/raw?hex={data.hex()}")
    assert a.end == "protocol_error" or (a.end == "ok" and b"Content-Length" in data), a
    assert why in a.message


def test_reset_by_the_server(peer):
    a = peer.fetch(f"{U}/reset")
    assert a.end == "protocol_error"


def test_connection_refused(peer):
    a = peer.fetch("http://good.test:9/")
    assert a.end == "connect_failed" and "refused" in a.message
    assert a.record["decision"] == "allowed" and a.record["address"] == PUBLIC


def test_no_route(egress, world, net):
    net.ip(net.inside, "route", "add", "unreachable", "93.184.200.0/24")
    try:
        with egress.peer("93.184.200.1:80") as p:
            a = p.fetch("http://93.184.200.1/")
            assert a.end == "connect_failed" and "no route" in a.message
    finally:
        net.ip(net.inside, "route", "del", "unreachable", "93.184.200.0/24")


# --- content codings --------------------------------------------------------------

@pytest.mark.parametrize("kind", ["gzip", "x-gzip", "GZIP", "deflate", "raw", "members"])
def test_codings_are_undone(peer, kind):
    a = peer.fetch(f"{U}/encoded?kind={kind}")
    assert (a.end, a.body) == ("ok", b"plain text " * 100)
    assert a.received == 1100 and a.record["received"] == 1100
    assert a.header("content-encoding") is not None


@pytest.mark.parametrize("kind", ["br", "zstd", "identity", "gzip,gzip", "unknown"])
def test_other_codings_are_passed_on(peer, kind):
    a = peer.fetch(f"{U}/encoded?kind={kind}")
    assert (a.end, a.body) == ("ok", b"whatever")
    assert a.header("content-encoding") == kind


@pytest.mark.parametrize("kind", ["truncated", "corrupt"])
def test_broken_codings(peer, kind):
    a = peer.fetch(f"{U}/encoded?kind={kind}")
    assert a.end == "protocol_error", a


def test_coding_without_a_body(peer):
    assert peer.fetch(f"{U}/encoded?kind=gzip&n=0").end == "ok"


def test_several_at_once(peer):
    ids = [peer.send(f"{U}/hello-{i}") for i in range(50)]
    for i, ident in enumerate(ids):
        assert peer.wait(ident).body == f"hello /hello-{i}".encode()


def test_numbers_are_the_peers(peer):
    for ident in (7, 0xFFFFFFFF, 1, 7):
        peer.send(f"{U}/x", ident=ident)
        assert peer.wait(ident).end == "ok"
