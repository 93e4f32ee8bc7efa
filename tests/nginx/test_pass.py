"""What reaches the workers, and what does not."""

import re
import socket

import pytest

from conftest import wait_for


def test_request_id_is_ours(nginx):
    sent = "0" * 32
    answer = nginx.ask("GET", "/api/x", headers=[("X-Request-Id", sent)])
    ours = answer.one("X-Request-Id")
    assert re.fullmatch("[0-9a-f]{32}", ours) and ours != sent
    assert answer.param("REQUEST_ID") == [ours]
    assert sent not in answer.body.decode()


def test_parameters(nginx):
    answer = nginx.ask("POST", "/api/a%20b//c?x=1&y=%2F", b"{}",
                       [("Content-Type", "application/json")])
    assert answer.param("DOCUMENT_URI") == ["/api/a b/c"]
    assert answer.param("REQUEST_URI") == ["/api/a%20b//c?x=1&y=%2F"]
    assert answer.param("QUERY_STRING") == ["x=1&y=%2F"]
    assert answer.param("REQUEST_METHOD") == ["POST"]
    assert answer.param("CONTENT_TYPE") == ["application/json"]
    assert answer.param("CONTENT_LENGTH") == ["2"]
    assert answer.param("REMOTE_ADDR") == ["127.0.0.1"]
    assert answer.param("MCPBOX_LISTENER") == ["admin"]
    assert answer.param("HTTPS") == []


def test_client_cannot_set_our_parameters(nginx):
    answer = nginx.ask("GET", "/api/x", headers=[
        ("Proxy", "http://evil"), ("Mcpbox-Listener", "gateway"),
        ("Remote-Addr", "1.2.3.4"), ("X-Request-ID", "me")])
    assert answer.param("HTTP_PROXY") == []
    assert answer.param("MCPBOX_LISTENER") == ["admin"]
    assert answer.param("REMOTE_ADDR") == ["127.0.0.1"]


@pytest.mark.parametrize("path", ["/mcp", "/mcp/weather", "/mcp/"])
@pytest.mark.parametrize("gateway", [False, True])
def test_mcp_goes_to_the_gateway_pool(nginx, gateway, path):
    answer = nginx.ask("POST", path, b"{}", gateway=gateway)
    assert answer.json()["pool"] == "gateway"
    assert answer.param("DOCUMENT_URI") == [path]
    assert answer.param("MCPBOX_LISTENER") == ["gateway" if gateway else "admin"]


@pytest.mark.parametrize("path", ["/api/x", "/auth/me", "/health"])
def test_the_rest_goes_to_the_admin_pool(nginx, path):
    assert nginx.ask("GET", path).json()["pool"] == "admin"


@pytest.mark.parametrize(
    "name,param",
    [("Mcp-Method", "HTTP_MCP_METHOD"), ("Origin", "HTTP_ORIGIN"),
     ("Cookie", "HTTP_COOKIE"), ("Mcp-Param-a_b.c~d", "HTTP_MCP_PARAM_A_B.C~D")],
)
def test_repeated_headers_arrive_repeated(nginx, name, param):
    answer = nginx.ask("POST", "/mcp", b"{}", [(name, "one"), (name, "two")])
    got = answer.param(param)
    # Which of the two depends on nginx's version; either shows that it was two.
    assert got in (["one", "two"], ["one, two"], ["one; two"])


def test_repeated_authorization(nginx):
    """Refused by some versions of nginx; else the worker sees both."""
    pair = [("Authorization", "one"), ("Authorization", "two")]
    answer = nginx.ask("POST", "/mcp", b"{}", pair)
    assert answer.status == 400 or len(answer.param("HTTP_AUTHORIZATION")) == 2


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods_are_the_workers_business(nginx, method):
    for path in ("/api/x", "/mcp"):
        answer = nginx.ask(method, path, b"" if method != "GET" else None)
        assert (answer.status, answer.param("REQUEST_METHOD")) == (200, [method])


def test_head_has_no_body(nginx):
    for path in ("/api/x", "/", "/assets/a-1234.js", "/assets/gone.js"):
        assert nginx.ask("HEAD", path).body == b""


def chunked(path, pieces):
    head = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n").encode()
    body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
    return head + body + b"0\r\n\r\n"


def test_chunked_body_has_a_length(nginx):
    answer = nginx.raw(chunked("/mcp", [b"x" * 1000] * 700))
    assert answer.json()["body"] == 700000
    assert answer.param("CONTENT_LENGTH") == ["700000"]


def test_chunked_body_over_the_limit(nginx):
    """nginx may close before all was sent: the answer counts, not the send."""
    before = len(nginx.gateway.calls)
    data = chunked("/mcp", [b"x" * 65536] * 40)
    with socket.create_connection(("127.0.0.1", nginx.admin_port), 20) as s:
        try:
            s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert s.recv(20).startswith(b"HTTP/1.1 413")
    assert len(nginx.gateway.calls) == before


def test_post_is_never_sent_twice(nginx):
    before = len(nginx.admin.calls)
    assert nginx.ask("POST", "/api/die", b"{}").status == 502
    assert nginx.admin.calls[before:] == ["POST /api/die"]


def test_get_has_a_second_try(nginx):
    before = len(nginx.admin.calls)
    assert nginx.ask("GET", "/api/die").status == 502
    assert nginx.admin.calls[before:] == ["GET /api/die"] * 2


def test_stream_is_not_held_back_and_its_end_is_seen(nginx):
    nginx.gateway.left.clear()
    with socket.create_connection(("127.0.0.1", nginx.admin_port), 5) as s:
        s.sendall(b"GET /mcp?do=stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while b": hello" not in got:
            piece = s.recv(4096)
            assert piece, got
            got += piece
        assert not nginx.gateway.left.is_set()
    assert nginx.gateway.left.wait(5), "the worker did not see the client leave"


def test_client_abort_reaches_the_worker(nginx):
    nginx.admin.left.clear()
    with socket.create_connection(("127.0.0.1", nginx.admin_port), 20) as s:
        s.sendall(b"GET /api/hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for("the request arrived",
                 lambda: nginx.admin.calls[-1] == "GET /api/hang")
    assert nginx.admin.left.wait(0.9), "the worker did not see the client leave"


@pytest.mark.parametrize(
    "path,seen",
    [
        ("//api/x", "/api/x"),
        ("/api//x", "/api/x"),
        ("/api/./x", "/api/x"),
        ("/api/y/../x", "/api/x"),
        ("/x/../api/x", "/api/x"),
        ("/%61pi/x", "/api/x"),
        ("/api/a%2Fb", "/api/a/b"),
        ("/api/%2e%2e/api/x", "/api/x"),
    ],
)
def test_paths_are_made_plain_first(nginx, path, seen):
    answer = nginx.ask("GET", path)
    assert answer.status == 200
    assert answer.param("DOCUMENT_URI") == [seen]


@pytest.mark.parametrize("path", ["/api/../.hidden.txt", "/assets/../.hidden.txt",
                                  "/%2ehidden.txt", "/x/.env", "/assets/.env"])
def test_dot_files_are_not_there(nginx, path):
    answer = nginx.ask("GET", path)
    assert answer.status == 404 and b"secret" not in answer.body


@pytest.mark.parametrize("path", ["/MCP", "/MCP/x", "/API/x", "/mcpx"])
def test_near_misses_do_not_reach_a_worker(nginx, path):
    before = len(nginx.admin.calls) + len(nginx.gateway.calls)
    for gateway in (False, True):
        nginx.ask("POST", path, b"{}", gateway=gateway)
    assert len(nginx.admin.calls) + len(nginx.gateway.calls) == before


def test_log_has_no_query_and_no_credential(nginx):
    answer = nginx.ask("GET", "/api/logged?token=s3cr3t",
                       headers=[("Authorization", "Bearer s3cr3t")])
    ours = answer.one("X-Request-Id")

    def line():
        return [x for x in nginx.access_log() if x["request_id"] == ours]

    wait_for("the log line", line)
    assert line()[0]["path"] == "/api/logged"
    assert line()[0]["status"] == 200
    assert line()[0]["listener"] == "admin"
    assert "s3cr3t" not in (nginx.home / "log/nginx-access.log").read_text()
