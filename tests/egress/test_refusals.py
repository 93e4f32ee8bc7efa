"""What is refused before a packet leaves: URLs, methods, headers, grants."""

import json

import pytest
from net import PUBLIC, PUBLIC6
from wire import ENV, ENV2


@pytest.fixture
def peer(egress, world):
    with egress.peer("good.test:*", f"{PUBLIC}:80", f"[{PUBLIC6}]:80") as p:
        yield p


def refused(world, answer, end):
    assert answer.end == end, answer
    assert answer.message.endswith((".", "}")) and "\n" not in answer.message
    assert answer.record["decision"] == "refused"
    assert world.reached() == [] and world.dns.questions == []


@pytest.mark.parametrize("url", [
    "", "good.test", "//good.test/", "http:", "http://", "http:///", "http:/good.test/",
    "http:///good.test/", "http:good.test", "http:\\\\good.test/", "http://\\good.test/",
    "http://?", "http://./", "http://good..test/", "http://good.test../",
    "http://user@good.test/", "http://user:pw@good.test/", "http://@good.test/",
    "http://evil.test@good.test/", "http://good.test@evil.test/", "http://good.test\\@evil.test/",
    "http://good.test%40evil.test/", "http://good.test%2f.evil.test/",
    "http://good.test%00.evil.test/", "http://good.test%0d%0aHost:evil/",
    "http://good.test:0/", "http://good.test:65536/", "http://good.test:80x/",
    "http://good.test:-80/", "http://good.test:+80/", "http://good.test: 80/",
    "http://good.test:80:443/", "http://good.test:80@evil.test/",
    "http://good.test/\r\nX: y", "http://good.test/\nX", "http://good.test/\x00",
    "http://good.test/ x", "http://good .test/", "http://good.test/\x7f", b"http://good.test/\xff",
    "http://good.test\t/", "http://256.1.1.1/", "http://1.2.3.4.5/", "http://4294967296/",
    "http://08.1.1.1/", "http://[::1/", "http://::1/", "http://[1.2.3.4]/", "http://[]/",
    "http://good.test,evil.test/", "http://*/", "http://good.test;x/", "http://-good.test/",
    "http://" + "a" * 64 + ".test/", "http://" + "a." * 130 + "test/", "http://good.test^/",
    "http://good.test|evil/", "http://good.test`/", "http://good.test{}/",
])
def test_bad_urls(peer, world, url):
    refused(world, peer.fetch(url), "bad_url")


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "ftp://good.test/", "gopher://good.test:6379/_x", "ws://good.test/",
    "dict://good.test:11211/", "ldap://good.test/", "smtp://good.test/", "javascript:alert(1)",
    "data:,x", "unix:///run/x", "http+unix://x/", " http://good.test/", "httpss://good.test/"])
def test_bad_schemes(peer, world, url):
    refused(world, peer.fetch(url), "bad_scheme")


@pytest.mark.parametrize("name", [
    "Host", "host", "HOST", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
    "Proxy-Authorization", "Proxy-Connection", "proxy-x", "Upgrade", "HTTP2-Settings", "TE",
    "Trailer", "Expect", "", "A B", "A:", ":authority", ":path", "A\r\nB", "A\nB", "A\x00B",
    "Ä", "A\tB", "Host ", " Host"])
def test_bad_header_names(peer, world, name):
    refused(world, peer.fetch("http://good.test/", headers=[(name, "v")]), "bad_header")


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "a\rb", "a\nb", "a\x00b", "\x01", "a\x7f"])
def test_bad_header_values(peer, world, value):
    refused(world, peer.fetch("http://good.test/", headers=[("X", value)]), "bad_header")


@pytest.mark.parametrize("method", ["CONNECT", "connect", "TRACE", "Track", "", "GET /", "G T",
                                    "GET\r\nX: y", "GET\x00", "É", "GET:", "a" * 31 + ":"])
def test_bad_methods(peer, world, method):
    refused(world, peer.fetch("http://good.test/", method=method), "bad_method")


def test_head_with_a_body(peer, world):
    refused(world, peer.fetch("http://good.test/", method="HEAD", body=b"x"), "bad_method")


# --- grants --------------------------------------------------------------------

@pytest.mark.parametrize("grant, url", [
    ("good.test:443", "http://good.test/"),
    ("good.test:80", "https://good.test/"),
    ("good.test:80", "http://good.test:8080/"),
    ("good.test:80", "http://other.test/"),
    ("good.test:80", "http://www.good.test/"),
    ("www.good.test:80", "http://good.test/"),
    ("good.test:80", "http://good.test.evil.test/"),
    ("good.test:80", f"http://{PUBLIC}/"),
    (f"{PUBLIC}:80", "http://good.test/"),
    (f"{PUBLIC}:80", f"http://[::ffff:{PUBLIC}]/"),
    ("*:80", "http://good.test/"), ("*.test:80", "http://good.test/"),
    (".test:80", "http://good.test/"), ("good.test", "http://good.test/"),
    ("good.test:", "http://good.test/"), ("good.test:0", "http://good.test/"),
    ("good.test:080", "http://good.test/"), ("http://good.test:80", "http://good.test/"),
    ("good.test:80 ", "http://good.test/"), ("PRIVATE good.test:80", "http://good.test/"),
    ("private", "http://good.test/"), ("", "http://good.test/"),
    ("good.test:80\u00a0", "http://good.test/"), ("good.test:*:80", "http://good.test/"),
])
def test_not_granted(egress, world, grant, url):
    with egress.peer(grant) as p:
        refused(world, p.fetch(url), "not_granted")


@pytest.mark.parametrize("grant, url", [
    ("good.test:80", "http://good.test/"), ("good.test:80", "http://GOOD.test./"),
    ("good.test:*", "http://good.test:8080/"), ("good.test:8080", "http://good.test:8080/"),
    ("GOOD.TEST.:80", "http://good.test/"), ("private good.test:80", "http://good.test/"),
    (f"{PUBLIC}:80", f"http://{PUBLIC}/"), (f"{PUBLIC}:80", "http://0x5db8d822/"),
    (f"{PUBLIC}:80", "http://1572395042/"), (f"{PUBLIC}:80", "http://93.184.55330/"),
    (f"[{PUBLIC6}]:80", "http://[2606:4700:0:0:0:0:0:1111]/"),
    ("xn--bcher-kva.test:80", "http://bücher.test/"),
    ("xn--bcher-kva.test:80", "http://BÜCHER.test/"),
    ("xn--bcher-kva.test:80", "http://xn--bcher-kva.test/"),
])
def test_granted(egress, world, grant, url):
    world.dns.set("xn--bcher-kva.test", [PUBLIC])
    with egress.peer(grant) as p:
        a = p.fetch(url)
        assert (a.end, a.body) == ("ok", b"hello /"), a


def test_no_grants_at_all(egress, world):
    with egress.peer() as p:
        refused(world, p.fetch("http://good.test/"), "not_granted")


@pytest.mark.parametrize("url, host, port", [
    ("https://api.example.com/x?y", "api.example.com", 443),
    ("http://api.example.com/", "api.example.com", 80),
    ("https://API.example.com.:8443/", "api.example.com", 8443),
    ("https://bücher.example/", "xn--bcher-kva.example", 443),
    ("http://[2606:4700:0::1111]:81/", "[2606:4700::1111]", 81),
    ("http://0x5db8d822/", "93.184.216.34", 80),
])
def test_advice_names_the_request_to_make(egress, world, url, host, port):
    with egress.peer(env=ENV2) as p:
        a = p.fetch(url)
    assert a.end == "not_granted"
    call, _, arguments = a.message.partition("mcpbox_request_network_access ")
    assert call.endswith("Ask for it: ")
    assert json.loads(arguments) == {"server_id": ENV2, "host": host, "port": port}


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/", "http://[::1]/",
                                 "http://169.254.169.254/", "http://metadata.google.internal/"])
def test_no_advice_to_ask_in_vain(egress, world, url):
    with egress.peer() as p:
        a = p.fetch(url)
    assert a.end == "not_granted"
    assert "mcpbox_request_network_access" not in a.message
    assert "never reachable from a tool" in a.message


def test_advice_for_a_private_literal_says_so(egress, world):
    with egress.peer() as p:
        a = p.fetch("http://192.168.77.1/")
    assert a.end == "not_granted"
    assert "mcpbox_request_network_access" in a.message and "private" in a.message


def test_grants_are_of_the_open_not_of_the_request(egress, world):
    """Two runs of one server, each with its own grants."""
    with egress.peer("good.test:80", env=ENV) as a, egress.peer("other.test:80", env=ENV) as b:
        assert a.fetch("http://good.test/").end == "ok"
        assert b.fetch("http://other.test/").end == "ok"
        assert a.fetch("http://other.test/").end == "not_granted"
        assert b.fetch("http://good.test/").end == "not_granted"
