"""Names: only ours, whatever way they are said."""

import pytest

ORIGIN = ("Origin", "http://evil.example.com")


@pytest.mark.parametrize("gateway", [False, True])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]", "[::1]:8080"]
)
def test_our_names(nginx, host, gateway):
    assert nginx.ask("POST", "/mcp", b"{}", host=host, gateway=gateway).status == 200


@pytest.mark.parametrize("gateway", [False, True])
@pytest.mark.parametrize(
    "host",
    ["evil.example.com", "localhost.evil.example.com", "127.0.0.1.evil.com",
     "127.0.0.2", "evil.example.com:8080", "a.localhost"],
)
@pytest.mark.parametrize("headers", [(), (ORIGIN,)])
def test_foreign_names(nginx, host, headers, gateway):
    before = len(nginx.gateway.calls)
    answer = nginx.ask("POST", "/mcp", b"{}", headers, gateway, host)
    assert answer.status == 403
    assert answer.json()["type"] == "urn:mcpbox:problem:forbidden"
    assert answer.one("X-Frame-Options") == "DENY"
    assert len(nginx.gateway.calls) == before


def test_no_name_at_all(nginx):
    assert nginx.raw(b"GET / HTTP/1.0\r\n\r\n").status == 403
    assert nginx.raw(b"GET / HTTP/1.0\r\nHost:\r\n\r\n").status in (400, 403)


@pytest.mark.parametrize(
    "line,host,status",
    [
        ("http://localhost/health", "localhost", 200),
        ("http://localhost/health", "evil.example.com", 403),
        ("http://evil.example.com/health", "localhost", 403),
    ],
)
def test_absolute_address(nginx, line, host, status):
    sent = f"GET {line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    answer = nginx.raw(sent.encode())
    assert answer.status == status
    if status == 403:
        assert answer.json()["status"] == 403


def test_origin_reaches_the_worker(nginx):
    """The worker decides about Origin; nginx must not hide or change it."""
    answer = nginx.ask("POST", "/mcp", b"{}", [ORIGIN])
    assert answer.param("HTTP_ORIGIN") == ["http://evil.example.com"]


def test_more_names(own_nginx):
    nginx = own_nginx(
        MCPBOX_ALLOWED_HOSTS="box.example.com, other.example.com:8443",
        MCPBOX_PUBLIC_URL="https://public.example.com/",
    )
    for host in ("box.example.com", "other.example.com", "public.example.com:1"):
        assert nginx.ask("GET", "/health", host=host).status == 200
    assert nginx.ask("GET", "/health", host="example.com").status == 403
