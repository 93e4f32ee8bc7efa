"""run/mcp.sock: the gateway listener, for programs on this machine."""

import http.client
import socket

import pytest
from conftest import Answer


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


def ask(nginx, method, path, host="localhost"):
    conn = UnixConnection(str(nginx.home / "run/mcp.sock"))
    try:
        conn.request(method, path, b"{}", {"Host": host, "Content-Type": "application/json"})
        got = conn.getresponse()
        return Answer(got.status, got.getheaders(), got.read())
    finally:
        conn.close()


def test_mcp_goes_to_the_gateway_pool(nginx):
    before = len(nginx.gateway.calls)
    answer = ask(nginx, "POST", "/mcp")
    assert answer.status == 200
    assert answer.param("MCPBOX_LISTENER") == ["gateway"]
    assert answer.one("X-Content-Type-Options") == "nosniff"
    assert len(nginx.gateway.calls) == before + 1


@pytest.mark.parametrize("path", ["/", "/api/servers", "/auth/login", "/health", "/metrics"])
def test_and_nothing_else(nginx, path):
    before = len(nginx.admin.calls) + len(nginx.gateway.calls)
    assert ask(nginx, "POST", path).status == 404
    assert len(nginx.admin.calls) + len(nginx.gateway.calls) == before


def test_foreign_names_are_refused_here_too(nginx):
    before = len(nginx.gateway.calls)
    assert ask(nginx, "POST", "/mcp", "evil.example.com").status == 403
    assert len(nginx.gateway.calls) == before
