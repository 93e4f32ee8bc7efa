"""Too much, and too often."""

import pytest


@pytest.mark.parametrize("path,gateway", [("/mcp", False), ("/mcp", True),
                                          ("/api/x", False), ("/auth/login", False)])
def test_body_over_the_limit(nginx, path, gateway):
    before = len(nginx.admin.calls) + len(nginx.gateway.calls)
    answer = nginx.ask("POST", path, None,
                       [("Content-Length", str(2 * 1024 * 1024 + 1))], gateway)
    assert answer.status == 413
    assert answer.json()["type"] == "urn:mcpbox:problem:too-large"
    assert answer.one("Content-Security-Policy").startswith("default-src 'none'")
    assert answer.one("Cache-Control") == "no-store"
    assert len(nginx.admin.calls) + len(nginx.gateway.calls) == before


def test_body_at_the_limit(nginx):
    answer = nginx.ask("POST", "/mcp", b"x" * (2 * 1024 * 1024))
    assert answer.status == 200 and answer.json()["body"] == 2 * 1024 * 1024


def statuses(nginx, n, method, path):
    return [nginx.ask(method, path, b"{}" if method == "POST" else None).status
            for _ in range(n)]


@pytest.mark.parametrize("path", ["login", "session", "setup", "change-password"])
def test_guessing_is_slowed_down(own_nginx, path):
    nginx = own_nginx(MCPBOX_NGINX_RATE_LOGIN="2r/m")
    assert statuses(nginx, 3, "POST", f"/auth/{path}") == [200, 200, 429]
    answer = nginx.ask("POST", "/auth/login", b"{}")
    assert answer.status == 429
    assert answer.json()["type"] == "urn:mcpbox:problem:rate-limited"
    assert answer.one("Retry-After") == "1"
    assert answer.one("X-Frame-Options") == "DENY"
    # Asking who one is, is no guess.
    assert statuses(nginx, 5, "GET", "/auth/session") == [200] * 5
    assert statuses(nginx, 5, "POST", "/auth/refresh") == [200] * 5


def test_api_and_mcp_have_their_own_limits(own_nginx):
    nginx = own_nginx(MCPBOX_NGINX_RATE_API="2r/m", MCPBOX_NGINX_RATE_MCP="2r/m")
    for path in ("/api/x", "/mcp"):
        assert statuses(nginx, 3, "POST", path) == [200, 200, 429]


def test_a_conformance_suite_gets_through(nginx):
    assert statuses(nginx, 300, "POST", "/mcp") == [200] * 300
