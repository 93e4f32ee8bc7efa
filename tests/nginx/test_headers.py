"""The header matrix: every kind of place, every kind of status."""

import pathlib
import re

import pytest

from conftest import ROOT

NOTHING = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
IMMUTABLE = "public, max-age=31536000, immutable"

# method, path, status, policy ("page" or "nothing"), caching
PLACES = [
    ("GET", "/", 200, "page", "no-cache"),
    ("HEAD", "/", 200, "page", "no-cache"),
    ("GET", "/servers/3f2a/tools", 200, "page", "no-cache"),
    ("POST", "/", 405, "nothing", "no-store"),
    ("GET", "/theme.js", 200, "nothing", "no-cache"),
    ("GET", "/assets/a-1234.js", 200, "nothing", IMMUTABLE),
    ("GET", "/assets/gone.js", 404, "nothing", "no-store"),
    ("GET", "/gone.png", 404, "nothing", "no-store"),
    ("GET", "/.hidden.txt", 404, "nothing", "no-store"),
    ("GET", "/.git/config", 404, "nothing", "no-store"),
    ("GET", "/.problem/404", 404, "nothing", "no-store"),
    ("GET", "/api", 404, "nothing", "no-store"),
    ("GET", "/api/servers", 200, "nothing", "no-store"),
    ("HEAD", "/api/servers", 200, "nothing", "no-store"),
    ("GET", "/api/die", 502, "nothing", "no-store"),
    ("POST", "/api/die", 502, "nothing", "no-store"),
    ("GET", "/api/hang", 504, "nothing", "no-store"),
    ("POST", "/auth/login", 200, "nothing", "no-store"),
    ("GET", "/health", 200, "nothing", "no-store"),
    ("GET", "/health/services", 200, "nothing", "no-store"),
    ("GET", "/metrics", 404, "nothing", "no-store"),
    ("POST", "/mcp", 200, "nothing", "no-store"),
    ("TRACE", "/api/servers", 405, "nothing", "no-store"),
] + [
    ("GET", f"{door}/status/{status}", status, "nothing", "no-store")
    for door in ("/api", "/auth", "/health")
    for status in (201, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
]


def check_headers(answer, policy, cache):
    for name, value in ALWAYS.items():
        assert answer.one(name) == value
    csp = answer.one("Content-Security-Policy")
    if policy == "nothing":
        assert csp == NOTHING
    else:
        assert "script-src 'self';" in csp and "trusted-types 'none'" in csp
        assert "unsafe" not in csp
    assert answer.one("Cache-Control") == cache
    assert "camera=()" in answer.one("Permissions-Policy")
    assert re.fullmatch("[0-9a-f]{32}", answer.one("X-Request-Id"))
    assert "strict-transport-security" not in answer.headers
    assert answer.one("Server") == "nginx"


@pytest.mark.parametrize("method,path,status,policy,cache", PLACES)
def test_every_answer_has_the_headers(nginx, method, path, status, policy, cache):
    answer = nginx.ask(method, path, body=b"{}" if method == "POST" else None)
    assert answer.status == status
    check_headers(answer, policy, cache)


@pytest.mark.parametrize("path", ["/", "/api/servers", "/auth/login", "/assets/x"])
def test_gateway_has_nothing_but_mcp(nginx, path):
    answer = nginx.ask("GET", path, gateway=True)
    assert answer.status == 404
    assert answer.json()["type"] == "urn:mcpbox:problem:not-found"
    check_headers(answer, "nothing", "no-store")


def test_gateway_mcp(nginx):
    answer = nginx.ask("POST", "/mcp", body=b"{}", gateway=True)
    assert answer.status == 200
    check_headers(answer, "nothing", "no-store")


@pytest.mark.parametrize(
    "sent,status",
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/9.1\r\nHost: localhost\r\n\r\n", 505),
        (b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"a" * 40000), 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n" % (b"a" * 40000), 431),
        (b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n", 501),
        (b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400),
    ],
)
def test_requests_that_nginx_refuses(nginx, sent, status):
    answer = nginx.raw(sent)
    assert answer.status == status
    check_headers(answer, "nothing", "no-store")
    assert answer.one("Content-Type").startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert problem["request_id"] == answer.one("X-Request-Id")


@pytest.mark.parametrize("status", [404, 405, 502, 504])
def test_own_errors_are_problems(nginx, status):
    method, path = {
        404: ("GET", "/assets/gone.js"),
        405: ("POST", "/theme.js"),
        502: ("GET", "/api/die"),
        504: ("GET", "/api/hang"),
    }[status]
    answer = nginx.ask(method, path)
    problem = answer.json()
    assert answer.one("Content-Type").startswith("application/problem+json")
    assert (answer.status, problem["status"]) == (status, status)
    assert problem["request_id"] == answer.one("X-Request-Id")
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}


def test_slugs_are_those_of_the_programs():
    known = set(re.findall(r'"([a-z-]+)",', (ROOT / "lib/fail.def").read_text()))
    used = re.findall(r"urn:mcpbox:problem:([a-z-]+)",
                      (ROOT / "nginx/problems.conf").read_text())
    assert used and set(used) <= known


def test_retry_after_and_allow(nginx):
    assert nginx.ask("GET", "/api/status/429").one("Retry-After") == "77"
    assert nginx.ask("GET", "/api/die").one("Retry-After") == "1"
    assert nginx.ask("POST", "/").one("Allow") == "GET, HEAD"
    assert "allow" not in nginx.ask("GET", "/api/status/405").headers


@pytest.mark.parametrize("directive", ["add_header", "fastcgi_param"])
def test_one_place_for_what_is_not_inherited(directive):
    home = {"add_header": "headers.conf", "fastcgi_param": "fastcgi_app.conf.in"}
    for file in pathlib.Path(ROOT / "nginx").glob("*.conf*"):
        has = re.search(rf"^\s*{directive}\b", file.read_text(), re.M)
        assert bool(has) == (file.name == home[directive]), file.name
