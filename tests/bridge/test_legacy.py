"""2025-03-26 to 2025-11-25: sessions, their stream, and what HTTP adds."""

import threading
import time

import pytest
from bridge import initialize, notification, request

VERSION = "2025-11-25"


class Server:
    """A legacy server with sessions; `more` may answer first."""

    def __init__(self, more=None, get=405, session=True):
        self.more, self.get, self.session = more, get, session
        self.count = 0
        self.ready = set()

    def __call__(self, req):
        sid = req.headers["Mcp-Session-Id"]
        if self.more and self.more(self, req):
            return None
        if req.method == "GET":
            return req.reply(self.get)
        if req.method == "DELETE":
            return req.reply(204)
        if req.rpc == "initialize":
            self.count += 1
            headers = {"Mcp_Session_Id": f"s-{self.count}"} if self.session else {}
            return req.result({"protocolVersion": req.json["params"]["protocolVersion"],
                               "capabilities": {}, "serverInfo": {}}, **headers)
        if req.rpc == "notifications/initialized":
            time.sleep(0.2)  # who does not wait for this is refused below
            self.ready.add(sid)
        if req.id is None or "method" not in req.json:
            return req.reply(202)
        if self.session and sid not in self.ready:
            return req.error(400, -32600, "not ready")
        return req.result({"session": sid})


def ping(id):
    return request(id, "ping", modern=False)


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
def test_session_and_version_are_sent_on(fake, bridge, version):
    server = fake(Server())
    b = bridge(server.url)
    # All at once: what needs the session waits for it, in order.
    b.send(initialize(0, version), notification("notifications/initialized"), ping(1), ping(2))
    assert b.answer(0)["protocolVersion"] == version
    assert b.answer(1) == b.answer(2) == {"session": "s-1"}
    server.wait(method="GET")
    b.finish()
    for r in server.got():
        first = r.rpc == "initialize"
        assert r.headers["Mcp-Session-Id"] == (None if first else "s-1"), (r.method, r.rpc)
        assert r.headers["MCP-Protocol-Version"] == (None if first else version)
        assert r.headers["Mcp-Method"] is None and r.headers["Mcp-Name"] is None
    assert [r.rpc or r.method for r in server.got()][:2] == \
        ["initialize", "notifications/initialized"]
    # 405: there is no stream, and nobody asks again.  DELETE comes last.
    assert len(server.got(method="GET")) == 1
    assert server.got()[-1].method == "DELETE"


def test_a_server_without_sessions(fake, bridge):
    server = fake(Server(session=False))
    b = bridge(server.url)
    b.open()
    assert b.ask(ping(1)) == {"session": None}
    b.finish()
    assert not server.got(method="DELETE")


def test_initialize_that_fails_lets_others_go(fake, bridge):
    server = fake(lambda r: r.error(400, -32602, "no") if r.rpc == "initialize" else r.result())
    b = bridge(server.url)
    b.send(initialize(0), ping(1))
    assert b.answer(0)["code"] == -32602
    assert b.answer(1) == {}
    assert server.got("ping")[0].headers["MCP-Protocol-Version"] is None


def test_what_the_server_says_unasked(fake, bridge):
    opened = []

    def more(self, req):
        if req.method != "GET":
            return False
        opened.append(req)
        s = req.stream()
        if len(opened) == 1:
            s.event({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}, id="e1")
            s.event({"jsonrpc": "2.0", "id": 7, "method": "ping"}, id="e2", retry=50)
            s.event({"jsonrpc": "2.0", "id": 1, "result": "not here"})
        else:
            s.event({"jsonrpc": "2.0", "method": "notifications/message", "params": {}})
            s.wait_closed(20)
        return True
    server = fake(Server(more))
    b = bridge(server.url)
    b.open()
    assert b.message()["method"] == "notifications/tools/list_changed"
    asked = b.message()
    assert asked == {"jsonrpc": "2.0", "id": 7, "method": "ping"}
    b.send({"jsonrpc": "2.0", "id": 7, "result": {}})
    assert b.message()["method"] == "notifications/message"
    assert [r.headers["Last-Event-ID"] for r in opened] == [None, "e2"]
    assert opened[0].headers["Accept"] == "text/event-stream"
    posted = [r for r in server.wait(method="POST", n=3) if r.json.get("id") == 7]
    assert posted[0].json == {"jsonrpc": "2.0", "id": 7, "result": {}}
    assert posted[0].headers["Mcp-Session-Id"] == "s-1"
    b.eof()
    assert b.rest() == []


def test_the_server_asks_during_a_call(fake, bridge):
    told = threading.Event()

    def more(self, req):
        if req.json and req.json.get("id") == "ask-1":
            told.set()
        if req.rpc != "tools/call":
            return False
        s = req.stream()
        s.event(id="p1", retry=10)  # priming: an id and no data
        s.event({"jsonrpc": "2.0", "id": "ask-1", "method": "elicitation/create"})
        assert told.wait(10)
        s.event({"jsonrpc": "2.0", "id": req.id, "result": {"told": True}})
        return True
    b = bridge(fake(Server(more)).url)
    b.open()
    b.send(request(5, "tools/call", {"name": "t"}, modern=False))
    assert b.message()["id"] == "ask-1"
    b.send({"jsonrpc": "2.0", "id": "ask-1", "result": {"action": "accept"}})
    assert b.answer(5) == {"told": True}


def test_a_session_that_is_over(fake, bridge):
    lost = []

    def more(self, req):
        if req.headers["Mcp-Session-Id"] in lost:
            req.error(404, -32600, "There is no such session.")
            return True
        return False
    server = fake(Server(more))
    b = bridge(server.url)
    b.open()
    assert b.ask(ping(1)) == {"session": "s-1"}
    lost.append("s-1")
    error = b.ask(ping(2))
    assert error["data"]["reason"] == "session-ended" and "Connect again" in error["message"]
    # The client begins anew, and nothing of the old one is left.
    b.send(initialize(10), notification("notifications/initialized"), ping(3))
    assert b.answer(10)["protocolVersion"] == VERSION
    assert b.answer(3) == {"session": "s-2"}
    b.finish()
    assert [r.headers["Mcp-Session-Id"] for r in server.got(method="DELETE")] == ["s-2"]


def test_a_second_session_ends_the_first(fake, bridge):
    server = fake(Server())
    b = bridge(server.url)
    b.open()
    b.send(initialize(10), notification("notifications/initialized"), ping(3))
    assert b.answer(3) == {"session": "s-2"}
    b.finish()
    assert sorted(r.headers["Mcp-Session-Id"] for r in server.got(method="DELETE")) == \
        ["s-1", "s-2"]


def test_unknown_method_is_no_lost_session(fake, bridge):
    def more(self, req):
        if req.rpc == "nope":
            req.error(404, -32601, "There is no such method.")
            return True
        return False
    b = bridge(fake(Server(more)).url)
    b.open()
    assert b.ask(request(1, "nope", modern=False))["code"] == -32601
    assert b.ask(ping(2)) == {"session": "s-1"}


def test_cancelling_is_said_to_the_server(fake, bridge):
    cancelled = threading.Event()

    def more(self, req):
        if req.rpc == "notifications/cancelled":
            cancelled.set()
        if req.rpc != "tools/call":
            return False
        s = req.stream()
        s.event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})
        assert cancelled.wait(10)
        # Too late, but servers do: it is for nobody.
        s.event({"jsonrpc": "2.0", "id": req.id, "result": {"late": True}})
        return True
    server = fake(Server(more))
    b = bridge(server.url)
    b.open()
    b.send(request(1, "tools/call", {"name": "t"}, modern=False))
    b.find(lambda m: m.get("method") == "notifications/progress")
    b.send(notification("notifications/cancelled", {"requestId": 1}))
    assert b.ask(ping(2)) == {"session": "s-1"}
    assert server.got("notifications/cancelled")[0].json["params"]["requestId"] == 1
    b.eof()
    assert b.rest() == []


def test_initialize_cannot_be_cancelled(fake, bridge):
    go = threading.Event()

    def more(self, req):
        if req.rpc == "initialize":
            assert go.wait(10)
        return False
    server = fake(Server(more))
    b = bridge(server.url)
    # What still waits for the session can be: nobody has heard of it.
    b.send(initialize(0), ping(1), notification("notifications/cancelled", {"requestId": 0}),
           notification("notifications/cancelled", {"requestId": 1}))
    server.wait("initialize")
    go.set()
    assert b.answer(0)["protocolVersion"] == VERSION
    b.eof()
    assert b.rest() == []
    assert not server.got("ping") and not server.got("notifications/cancelled")


def test_a_stream_that_breaks_off_is_taken_up_again(fake, bridge):
    """SEP-1699: the server lets the connection go, the stream goes on."""
    times = []

    def more(self, req):
        if req.method == "GET" and req.headers["Last-Event-ID"]:
            times.append(time.monotonic())
            s = req.stream()
            if req.headers["Last-Event-ID"] == "a-0":
                s.event({"jsonrpc": "2.0", "method": "notifications/progress"}, id="a-1")
            else:
                s.event({"jsonrpc": "2.0", "id": 1, "result": {"at": "last"}}, id="a-2")
            return True
        if req.rpc == "tools/call":
            times.append(time.monotonic())
            req.stream().event(id="a-0", retry=400)
            return True
        return False
    server = fake(Server(more))
    b = bridge(server.url)
    b.open()
    b.send(request(1, "tools/call", {"name": "t"}, modern=False))
    assert b.answer(1) == {"at": "last"}
    assert b.message()["method"] == "notifications/progress"
    assert len(server.got("tools/call")) == 1
    waits = [b - a for a, b in zip(times, times[1:])]
    assert all(0.35 <= w <= 1.5 for w in waits), waits


def test_a_stream_that_cannot_be_taken_up_again(fake, bridge):
    def more(self, req):
        if req.rpc != "tools/call":
            return False
        s = req.stream()
        if req.json["params"]["name"] == "with-id":
            s.event(id="x", retry=1)
        else:
            s.event({"jsonrpc": "2.0", "method": "notifications/progress"})
        return True
    server = fake(Server(more))
    b = bridge(server.url)
    b.open()
    for id, name in ((1, "without"), (2, "with-id")):
        error = b.ask(request(id, "tools/call", {"name": name}, modern=False))
        assert error["data"]["reason"] == "stream-ended", error
        assert error["code"] == 1503
    assert len(server.got("tools/call")) == 2


def test_time_is_up(fake, bridge):
    def more(self, req):
        if req.rpc != "tools/call":
            return False
        req.stream().wait_closed(20)
        return True
    server = fake(Server(more))
    b = bridge(server.url, "--timeout", "1")
    b.open()
    error = b.ask(request("slow", "tools/call", {"name": "t"}, modern=False))
    assert error["code"] == 1504 and error["data"]["reason"] == "timeout"
    told = server.wait("notifications/cancelled")[0]
    assert told.json["params"] == {"requestId": "slow", "reason": "timeout"}


def test_max_time_counts_although_something_comes(fake, bridge):
    def more(self, req):
        if req.rpc != "tools/call":
            return False
        s = req.stream()
        while True:
            s.raw(b": still here\n\n")
            time.sleep(0.1)
    b = bridge(fake(Server(more)).url, "--timeout", "1", "--max-time", "2")
    b.open()
    start = time.monotonic()
    error = b.ask(request(1, "tools/call", {"name": "t"}, modern=False))
    assert error["data"]["reason"] == "timeout"
    assert 1.5 < time.monotonic() - start < 10
