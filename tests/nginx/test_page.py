"""Static files, TLS, and how nginx itself stands."""

import http.client
import os
import re
import socket
import ssl
import subprocess

import pytest


def test_assets_come_compressed(nginx):
    path = "/assets/a-1234.js"
    plain = nginx.ask("GET", path)
    packed = nginx.ask("GET", path, headers=[("Accept-Encoding", "gzip")])
    assert packed.one("Content-Encoding") == "gzip"
    assert len(packed.body) < len(plain.body)
    assert plain.one("Content-Type").startswith("text/javascript")
    again = nginx.ask("GET", path, headers=[("If-None-Match", plain.one("ETag"))])
    assert again.status == 304
    assert again.one("Cache-Control").endswith("immutable")


@pytest.mark.parametrize("path", ["/", "/review/8d3c", "/servers/a/tools/b"])
def test_page_addresses_are_the_page(nginx, path):
    answer = nginx.ask("GET", path)
    assert answer.status == 200 and b"<title>p" in answer.body
    assert answer.one("Content-Type") == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/review/8d3c"])
def test_not_modified_keeps_the_policy_of_the_page(nginx, path):
    """A browser takes over the headers of a 304: the API's policy in one would
    blank the page at the second visit."""
    first = nginx.ask("GET", path)
    again = nginx.ask("GET", path, headers=[("If-None-Match", first.one("ETag"))])
    assert again.status == 304
    policy = "Content-Security-Policy"
    assert "script-src 'self'" in first.one(policy)
    assert again.one(policy) == first.one(policy)


def test_page_not_built(own_nginx):
    nginx = own_nginx()
    (nginx.home / "www/index.html").unlink()
    answer = nginx.ask("GET", "/")
    assert answer.status == 503
    assert answer.json()["type"] == "urn:mcpbox:problem:unavailable"
    assert answer.one("Retry-After") == "1"


def test_workers_are_not_root(nginx):
    if os.getuid() != 0:
        pytest.skip("nginx was not started as root")
    children = subprocess.run(
        ["pgrep", "-P", str(nginx.process.pid)], capture_output=True, text=True
    ).stdout.split()
    assert children
    for pid in children:
        with open(f"/proc/{pid}/status") as f:
            uid = re.search(r"^Uid:\s+(\d+)", f.read(), re.M).group(1)
        assert uid != "0"


def test_counters_are_on_a_unix_socket(nginx):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(str(nginx.home / "run/nginx/status.sock"))
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b"Active connections" in s.makefile("rb").read()


def test_settings_give_no_warning(nginx):
    assert "[warn]" not in nginx.error_log().split("limiting requests")[0] or not [
        line for line in nginx.error_log().splitlines()
        if "[warn]" in line and "limiting requests" not in line
        and "buffered to a temporary file" not in line
    ]


@pytest.fixture
def certificate(tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
         "/CN=localhost", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )
    return cert, key


def test_tls(own_nginx, certificate):
    cert, key = certificate
    nginx = own_nginx(MCPBOX_TLS_CERT=str(cert), MCPBOX_TLS_KEY=str(key))
    context = ssl.create_default_context(cafile=str(cert))
    context.check_hostname = False
    context.set_alpn_protocols(["http/1.1"])
    conn = http.client.HTTPSConnection("127.0.0.1", nginx.admin_port, context=context)
    conn.request("GET", "/api/x", headers={"Host": "localhost"})
    answer = conn.getresponse()
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert b'["HTTPS", "on"]' in answer.read()
    conn.close()
    # HTTP/2 is offered, and plain HTTP on that port is told so.
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", nginx.admin_port), 10) as s:
        with context.wrap_socket(s, server_hostname="localhost") as t:
            assert t.selected_alpn_protocol() == "h2"
    plain = nginx.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert plain.status == 400
    assert plain.json()["status"] == 400
    assert plain.one("X-Frame-Options") == "DENY"
