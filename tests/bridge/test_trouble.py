"""What goes wrong: each request gets one answer, with a sentence."""

import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest
from bridge import PROGRAM, initialize, notification, request
from fake import Fake


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# --- answers that are none ----------------------------------------------------

NGINX = "<html><head><title>413 Request Entity Too Large</title></head></html>"


@pytest.mark.parametrize("status, reason, code, type, body", [
    (400, "refused", -32600, "text/html", NGINX),
    (401, "unauthorized", 1401, "application/json", ""),
    (403, "forbidden", 1403, "text/plain", "no"),
    (404, "no-endpoint", 1503, "text/html", "<html>"),
    (405, "no-endpoint", 1503, "text/html", ""),
    (413, "refused", -32600, "text/html", NGINX),
    (429, "rate-limited", 1429, "application/json", "{}"),
    (500, "server-error", -32603, "text/plain", ""),
    (502, "unavailable", 1503, "text/html", ""),
    (504, "unavailable", 1503, "text/html", ""),
    (302, "redirect", 1503, "text/html", ""),
    (200, "unreadable", -32603, "text/html", "<html>hello</html>"),
    (200, "unreadable", -32603, "application/json", '{"hello":1}'),
    (200, "unreadable", -32603, "application/json", '{"jsonrpc":"2.0","id":2,"result":{}}'),
    (200, "unreadable", -32603, "application/json", '{"jsonrpc":"2.0","id":1,"result":{}'),
    (200, "unreadable", -32603, "application/json", '[{"jsonrpc":"2.0","id":1,"result":{}}]'),
    (202, "no-answer", -32603, "application/json", ""),
    (200, "no-answer", -32603, "application/json", ""),
])
@pytest.mark.parametrize("modern", [True, False])
def test_statuses(fake, bridge, status, reason, code, type, body, modern):
    server = fake(lambda r: r.reply(status, body, type, Location="http://127.0.0.1:1/"))
    error = bridge(server.url).ask(request(1, "tools/list", modern=modern))
    assert error["data"]["reason"] == reason, error
    assert error["code"] == code and len(error["message"]) > 20
    assert len(server.got()) == 1


def test_a_problem_says_why(fake, bridge):
    body = json.dumps({"type": "urn:x", "title": "t", "detail": "Slow down, please."})
    server = fake(lambda r: r.reply(429, body, "application/problem+json"))
    assert "Slow down, please." in bridge(server.url).ask(request(1, "x"))["message"]


def test_an_error_is_passed_on(fake, bridge):
    server = fake(lambda r: r.error(400, -32022, "no such version", {"supported": ["a"]}))
    error = bridge(server.url).ask(request("v", "server/discover"))
    assert error == {"code": -32022, "message": "no such version", "data": {"supported": ["a"]}}


def test_an_error_without_an_id_gets_it_back(fake, bridge):
    server = fake(lambda r: r.error(403, 1403, "not this Host", id=False))
    assert bridge(server.url).ask(request("h", "x")) == {"code": 1403, "message": "not this Host"}


def test_answers_that_are_too_large(fake, bridge):
    def script(req):
        h = req.handler
        h.send_response(200)
        h.send_header("Content-Type", "application/json")
        h.end_headers()
        h.close_connection = True
        h.wfile.write(b'{"jsonrpc":"2.0","id":1,"result":"')
        for _ in range(70):
            h.wfile.write(b"x" * (1 << 20))
        h.wfile.write(b'"}')
    error = bridge(fake(script).url).ask(request(1, "x"), 60)
    assert error["data"]["reason"] == "answer-too-large"


# --- connections ----------------------------------------------------------------

def test_nobody_listens(bridge):
    port = free_port()
    b = bridge(f"http://127.0.0.1:{port}/mcp", "--retry-refused", "1")
    start = time.monotonic()
    b.send(request("a", "x"), request(2, "ping", modern=False),
           notification("notifications/something"))
    for id in ("a", 2):
        error = b.answer(id)
        assert error["code"] == 1503 and error["data"]["reason"] == "unreachable"
        assert "Is it running" in error["message"]
    assert 0.8 < time.monotonic() - start < 8


def test_a_server_that_comes_up_late(bridge):
    port = free_port()
    b = bridge(f"http://127.0.0.1:{port}/mcp")
    b.send(request(1, "x"))
    time.sleep(0.5)
    server = Fake(lambda r: r.result({"up": 1}), port=port)
    try:
        assert b.answer(1) == {"up": 1}
        assert len(server.got()) == 1
    finally:
        server.close()


def test_cancelled_while_nobody_listens(bridge):
    b = bridge(f"http://127.0.0.1:{free_port()}/mcp", "--retry-refused", "30")
    b.send(request(1, "x"), request(2, "ping", modern=False),
           notification("notifications/cancelled", {"requestId": 1}),
           notification("notifications/cancelled", {"requestId": 2}))
    b.eof()
    assert b.rest() == []


def test_names_that_do_not_resolve(bridge):
    b = bridge("http://no-such-name.invalid/mcp")
    assert b.ask(request(1, "x"), 30)["data"]["reason"] == "unreachable"


@pytest.mark.parametrize("modern", [True, False])
def test_a_call_is_never_sent_twice(fake, bridge, modern):
    """A kept connection that breaks after the request went out: curl would
    send it again by itself."""
    def script(req):
        if req.rpc == "tools/call":
            req.drop()
        else:
            req.result({"connection": req.connection})
    server = fake(script)
    b = bridge(server.url)
    first = b.ask(request(1, "x", modern=modern))["connection"]
    assert b.ask(request(2, "x", modern=modern))["connection"] == first
    error = b.ask(request(3, "tools/call", {"name": "t"}, modern=modern))
    assert error["data"]["reason"] == "connection-broke" and "not known" in error["message"]
    time.sleep(0.5)
    assert len(server.got("tools/call")) == 1
    assert server.got("tools/call")[0].connection == first
    # The next one has a new connection.
    assert b.ask(request(4, "x", modern=modern))["connection"] != first


def test_certificates(fake, bridge, tmp_path):
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=x",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    server = fake(lambda r: r.result({"private": 1}), tls=(cert, key))
    url = server.url.replace("127.0.0.1", "localhost")
    error = bridge(url).ask(request(1, "x"))
    assert error["data"]["reason"] == "tls" and "certificate" in error["message"]
    assert not server.got()
    assert bridge(url, "--ca", cert).ask(request(1, "x")) == {"private": 1}
    # The certificate is of another name.
    error = bridge(server.url, "--ca", cert).ask(request(1, "x"))
    assert error["data"]["reason"] == "tls"
    error = bridge(url, "--ca", str(tmp_path / "none")).ask(request(1, "x"))
    assert error["data"]["reason"] == "tls"


def test_not_tls(fake, bridge):
    server = fake(lambda r: r.result())
    b = bridge(server.url.replace("http:", "https:"))
    assert b.ask(request(1, "x"))["data"]["reason"] == "tls"


# --- input -----------------------------------------------------------------------

@pytest.mark.parametrize("line, code, reason", [
    (b"garbage", -32700, "malformed"),
    (b'{"jsonrpc":"2.0","id":1,"method":"x"', -32700, "malformed"),
    (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}', -32700, "malformed"),
    (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', -32700, "malformed"),
    (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", -32700, "malformed"),
    (b'"text"', -32600, "bad-request"),
    (b"{}", -32600, "bad-request"),
    (b'{"jsonrpc":"2.0","id":null,"method":"x"}', -32600, "bad-request"),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"x"}', -32600, "bad-request"),
    (b'{"jsonrpc":"2.0","id":1}', -32600, "bad-request"),
    (b"[]", -32600, "bad-request"),
    (b"[[1]]", -32600, "bad-request"),
])
def test_lines_that_are_no_messages(fake, bridge, line, code, reason):
    server = fake(lambda r: r.result({"still": "here"}))
    b = bridge(server.url)
    b.raw(b"\r\n  \n" + line + b"\n")
    got = b.message()
    assert "id" not in got
    assert got["error"]["code"] == code and got["error"]["data"]["reason"] == reason
    assert b.ask(request(5, "x")) == {"still": "here"}
    assert len(server.got()) == 1


def test_an_array_is_taken_apart(fake, bridge):
    server = fake(lambda r: r.result() if r.id is not None else r.reply(202))
    b = bridge(server.url)
    b.raw(json.dumps([request(1, "a", modern=False), notification("n"), 7,
                      request("2", "b", modern=False)]).encode() + b"\n")
    assert b.answer(1) == b.answer("2") == {}
    assert b.message()["error"]["code"] == -32600
    server.wait("n")


def test_a_line_that_is_too_long(fake, bridge):
    server = fake(lambda r: r.result({"n": len(r.body)}))
    b = bridge(server.url)
    big = "x" * (17 << 20)
    for id in (1, "last"):
        m = {"jsonrpc": "2.0", "id": id, "method": "x", "params": {"big": big}}
        if id == "last":
            m = dict(reversed(m.items()))
        b.send(m)
        error = b.answer(id, 60)
        assert error["code"] == -32600 and error["data"]["reason"] == "message-too-large"
    assert not server.got()
    # Just below the limit it goes through.
    m = request(3, "x", {"big": "y" * ((16 << 20) - 1000)})
    assert b.ask(m, 60)["n"] == len(json.dumps(m))


def test_the_last_line_needs_no_end(fake, bridge):
    server = fake(lambda r: r.result({"ok": 1}))
    b = bridge(server.url)
    b.raw(json.dumps(request(1, "x")).encode())
    b.eof()
    assert [m["result"] for m in b.rest()] == [{"ok": 1}]


# --- many, much -------------------------------------------------------------------

def test_200_at_once(fake, bridge):
    together = threading.Barrier(200)

    def script(req):
        together.wait(30)  # all are under way at the same time
        req.result({"n": req.json["params"]["n"]})
    b = bridge(fake(script).url)
    b.send(*(request(i, "x", {"n": i}) for i in range(200)))
    got = [b.message(60) for _ in range(200)]
    assert sorted((m["id"], m["result"]["n"]) for m in got) == [(i, i) for i in range(200)]


def test_more_than_it_takes(fake, bridge):
    go = threading.Event()

    def script(req):
        go.wait(60)
        req.result()
    b = bridge(fake(script).url)
    b.send(*(request(i, "x") for i in range(1100)))
    refused = [b.message() for _ in range(76)]
    assert {m["error"]["data"]["reason"] for m in refused} == {"busy"}
    go.set()
    got = [b.message(60) for _ in range(1024)]
    assert all("result" in m for m in got)
    assert len({m["id"] for m in got + refused}) == 1100


def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


@pytest.mark.skipif(os.environ.get("MCPBOX_TEST_BUILD") == "asan", reason="counts memory")
def test_a_client_that_does_not_read(fake, bridge):
    """Then the server is not read either, and memory does not grow."""
    sent = []

    def script(req):
        s = req.stream()
        for i in range(1600):
            s.event({"jsonrpc": "2.0", "method": "n", "params": {"i": i, "x": "y" * 65536}})
            sent.append(i)
        s.event({"jsonrpc": "2.0", "id": req.id, "result": {"end": 1}})
    b = bridge(fake(script).url, read=False)
    b.send(request(1, "x"))
    before = -1
    while before != len(sent):  # until nothing moves any more
        before = len(sent)
        time.sleep(1)
    assert 0 < len(sent) < 1600
    assert rss(b.proc.pid) < 48 * 1024
    b.start_reading()
    for i in range(1600):
        assert b.message()["params"]["i"] == i
    assert b.answer(1) == {"end": 1}


# --- the end -------------------------------------------------------------------------

def slow(seconds):
    def script(req):
        if req.rpc == "slow":
            time.sleep(seconds)
        req.result({"done": 1})
    return script


def test_the_end_of_the_input_waits_for_answers(fake, bridge):
    b = bridge(fake(slow(1)).url)
    b.send(request(1, "slow"), request(2, "slow"))
    b.eof()
    assert sorted((m["id"], m["result"]["done"]) for m in b.rest()) == [(1, 1), (2, 1)]


def test_but_not_for_ever(fake, bridge):
    b = bridge(fake(slow(8)).url, "--grace", "1")
    b.send(request(1, "slow"))
    start = time.monotonic()
    b.eof()
    assert [m["error"]["data"]["reason"] for m in b.rest()] == ["ending"]
    assert time.monotonic() - start < 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_it(fake, bridge, number):
    def script(req):
        if req.rpc == "initialize":
            return req.result({"protocolVersion": "2025-11-25"}, Mcp_Session_Id="s")
        if req.method == "DELETE":
            return req.reply(204)
        if req.rpc == "slow":
            return req.stream().wait_closed(20)
        return req.reply(405)
    server = fake(script)
    b = bridge(server.url)
    b.ask(initialize())
    b.send(request(1, "slow", modern=False))
    server.wait("slow")
    start = time.monotonic()
    b.proc.send_signal(number)
    assert b.proc.wait(10) == 0
    assert time.monotonic() - start < 3
    server.wait(method="DELETE")


def test_a_client_that_is_gone(fake, bridge):
    server = fake(lambda r: r.result())
    b = bridge(server.url, read=False)
    b.proc.stdout.close()
    b.send(request(1, "x"))
    assert b.proc.wait(10) == 0  # although its input is open


# --- how it is started ------------------------------------------------------------------

def run(*argv, env=None):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_TOKEN")}
    return subprocess.run([PROGRAM, *argv], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=20, env={**clean, **(env or {})})


def test_help_and_version():
    done = run("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: mcpbox-stdio")
    assert "--token-file" in done.stdout and done.stderr == ""
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("mcpbox-stdio ")


@pytest.mark.parametrize("argv, says", [
    ([], "exactly one"),
    (["http://a/", "http://b/"], "exactly one"),
    (["ftp://x/"], "http://"),
    (["http:///mcp"], "not the URL"),
    (["http://user:secret@host/mcp"], "MCPBOX_TOKEN"),
    (["unix:relative"], "begins with /"),
    (["--timeout", "x", "http://h/"], "seconds"),
    (["--token", "secret", "http://h/"], "everybody sees"),
    (["--nonsense", "http://h/"], "unrecognized option"),
    (["--token-file", "/nonexistent", "http://h/"], "No such file"),
    (["--log-level", "loud", "http://h/"], "info"),
])
def test_wrong_ways(argv, says):
    done = run(*argv)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr


def test_a_token_is_never_shown(fake, bridge, tmp_path):
    server = fake(lambda r: r.result())
    b = bridge(server.url, env={"MCPBOX_TOKEN": "tok-123"})
    b.ask(request(1, "x"))
    assert server.got()[0].headers["Authorization"] == "Bearer tok-123"
    assert not b.logged("tok-123")
    with open(f"/proc/{b.proc.pid}/cmdline") as f:
        assert "tok-123" not in f.read()
    done = run(server.url, env={"MCPBOX_TOKEN": "two words"})
    assert done.returncode == 2 and "not a token" in done.stderr and "two" not in done.stderr


def test_a_token_file_is_read_again(fake, bridge, tmp_path):
    server = fake(lambda r: r.result())
    file = tmp_path / "token"
    file.write_text("old\n")
    b = bridge(server.url, "--token-file", str(file))
    b.ask(request(1, "x"))
    (tmp_path / "new").write_text("new-token\n")
    os.replace(tmp_path / "new", file)
    b.ask(request(2, "x"))
    file.unlink()  # for a moment there is none: the last one stays
    b.ask(request(3, "x"))
    assert [r.headers["Authorization"] for r in server.got()] == \
        ["Bearer old", "Bearer new-token", "Bearer new-token"]


def test_what_401_says_depends_on_the_token(fake, bridge):
    server = fake(lambda r: r.reply(401))
    assert "MCPBOX_TOKEN" in bridge(server.url).ask(request(1, "x"))["message"]
    b = bridge(server.url, env={"MCPBOX_TOKEN": "t"})
    assert "does not accept the token" in b.ask(request(1, "x"))["message"]


def test_a_unix_socket(fake, bridge, tmp_path):
    server = fake(lambda r: r.result({"host": r.headers["Host"]}), path=str(tmp_path / "s"))
    assert bridge(server.url).ask(request(1, "x")) == {"host": "localhost"}


def test_a_url_without_a_path_means_mcp(fake, bridge):
    server = fake(lambda r: r.result())
    bridge(server.url.removesuffix("/mcp")).ask(request(1, "x"))
    bridge(server.url.removesuffix("/mcp") + "/other").ask(request(1, "x"))
    assert [r.path for r in server.got()] == ["/mcp", "/other"]
