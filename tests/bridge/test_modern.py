"""2026-07-28: what is put into headers, and what a request's life is."""

import base64
import json
import threading

import pytest
from bridge import META, notification, request

TOOL = {"name": "t", "inputSchema": {"type": "object", "properties": {
    "region": {"type": "string", "x-mcp-header": "Region"},
    "count": {"type": "integer", "x-mcp-header": "Count"},
    "deep": {"type": "object", "properties": {
        "flag": {"type": "boolean", "x-mcp-header": "X-Flag"}}},
    "bad": {"type": "string", "x-mcp-header": "no token: \r\nX: y"},
    "plain": {"type": "string"}}}}


def call(id, arguments, name="t", **params):
    return request(id, "tools/call", {"name": name, "arguments": arguments, **params})


def lists(req):
    """A server with one tool whose arguments are mirrored."""
    if req.rpc == "tools/list":
        req.result({"tools": [TOOL]})
    else:
        req.result({"ok": True})


def test_headers_of_a_request(fake, bridge):
    server = fake(lambda r: r.result({"x": 1}))
    b = bridge(server.url)
    assert b.ask(request("a", "resources/read", {"uri": "file:///ä b"})) == {"x": 1}
    assert b.ask(request(2, "prompts/get", {"name": "plain name"})) == {"x": 1}
    assert b.ask(request(3, "tasks/get", {"taskId": "=?base64?eA==?="})) == {"x": 1}
    assert b.ask(request(4, "server/discover")) == {"x": 1}
    one, two, three, four = server.got()
    h = one.headers
    assert h["MCP-Protocol-Version"] == "2026-07-28"
    assert h["Mcp-Method"] == "resources/read"
    name = base64.b64encode("file:///ä b".encode()).decode()
    assert h["Mcp-Name"] == f"=?base64?{name}?="
    assert h["Content-Type"] == "application/json"
    assert h["Accept"] == "application/json, text/event-stream"
    assert h["Authorization"] is None and h["Mcp-Session-Id"] is None and h["Expect"] is None
    assert two.headers["Mcp-Name"] == "plain name"
    # What looks like the wrapping is wrapped.
    assert base64.b64decode(three.headers["Mcp-Name"][9:-2]) == b"=?base64?eA==?="
    assert four.headers["Mcp-Name"] is None
    assert {r.path for r in server.got()} == {"/mcp"}


def test_nothing_of_a_message_can_become_a_header(fake, bridge):
    server = fake(lambda r: r.result({}))
    b = bridge(server.url)
    evil = "x\r\nEvil: yes\r\n\r\nGET / HTTP/1.1"
    b.ask(request(1, evil))
    b.ask(request(2, "prompts/get", {"name": evil}))
    b.ask(request(3, "x", meta={"io.modelcontextprotocol/protocolVersion": evil}))
    b.ask(request(4, "tools/list"))
    assert len(server.got()) == 4
    for r in server.got():
        assert r.headers["Evil"] is None
    for value in (server.got()[0].headers["Mcp-Method"], server.got()[1].headers["Mcp-Name"]):
        assert base64.b64decode(value[9:-2]).decode() == evil
    assert server.got()[2].headers["MCP-Protocol-Version"] is None


def test_text_goes_through_byte_for_byte(fake, bridge):
    sent = []
    answer = ('{"jsonrpc" : "2.0",\r\n  "id":1,\n"result":{"n":1.50e+3,"s":"\\u00e9\\/ é",'
              '"dup":1,"dup":2,"deep":' + "[" * 200 + "]" * 200 + '}}\n')
    server = fake(lambda r: (sent.append(r.body), r.reply(200, answer)))
    b = bridge(server.url)
    line = ('{"id":1,  "method":"x/y","jsonrpc":"2.0","params":{"_meta":' + json.dumps(META) +
            ',"v":[1.10,2e0,"\\u0041"]}} ').encode()
    b.raw(line + b"\n")
    got = b.line()
    assert sent == [line]
    assert got == answer.rstrip("\n").replace("\r\n", "  ").replace("\n", " ").encode() + b"\n"


def test_arguments_are_mirrored_once_the_list_was_seen(fake, bridge):
    server = fake(lists)
    b = bridge(server.url)
    b.ask(request(1, "tools/list"))
    b.ask(call(2, {"region": "Zürich", "count": 42, "deep": {"flag": False}, "plain": "x"}))
    b.ask(call(3, {"region": "", "count": 42.0, "deep": {"flag": None}}))
    b.ask(call(4, {"region": " x ", "bad": "b"}))
    b.ask(call(5, {}, name="other"))
    first, second, third, other = (r.headers for r in server.got("tools/call"))
    assert base64.b64decode(first["Mcp-Param-Region"][9:-2]).decode() == "Zürich"
    assert first["Mcp-Param-Count"] == "42" and first["Mcp-Param-X-Flag"] == "false"
    assert second["Mcp-Param-Region"] == "" and second["Mcp-Param-Count"] == "42"
    assert second["Mcp-Param-X-Flag"] is None
    assert third["Mcp-Param-Region"] == "=?base64?IHgg?=" and third["Mcp-Param-Count"] is None
    for h in (first, second, third):
        assert not [k for k in h if k.lower() in ("mcp-param-plain", "x")]
    assert not [k for k in other if k.lower().startswith("mcp-param")]


def strict(req, pages=(), lists_ok=True):
    """Refuses calls without the header, as the specification wants it."""
    if req.rpc == "tools/list":
        if not lists_ok:
            return req.error(500, -32603)
        cursor = int(req.json["params"].get("cursor", "0"))
        result = {"tools": pages[cursor]}
        if cursor + 1 < len(pages):
            result["nextCursor"] = str(cursor + 1)
        return req.result(result)
    if req.rpc == "tools/call" and "Mcp-Param-Region" not in req.headers:
        return req.error(400, -32020, "The header Mcp-Param-Region is missing.")
    return req.result({"region": req.headers["Mcp-Param-Region"]})


def test_unknown_header_lists_again_and_asks_once_more(fake, bridge):
    pages = [[{"name": "a", "inputSchema": {"type": "object"}}], [TOOL], [{"name": "z"}]]
    server = fake(lambda r: strict(r, pages))
    b = bridge(server.url)
    assert b.ask(call(1, {"region": "eu"}, _meta={})) == {"region": "eu"}
    assert [r.rpc for r in server.got()] == \
        ["tools/call", "tools/list", "tools/list", "tools/call"]
    listed = server.got("tools/list")
    assert listed[0].json["params"]["_meta"] == META
    assert listed[0].headers["Mcp-Method"] == "tools/list"
    assert listed[1].json["params"]["cursor"] == "1"
    # The client saw one answer, and none of the lists.
    b.eof()
    assert b.rest() == []


@pytest.mark.parametrize("lists_ok", [True, False])
def test_a_header_that_stays_unknown(fake, bridge, lists_ok):
    server = fake(lambda r: strict(r, [[{"name": "t", "inputSchema": {}}]], lists_ok))
    b = bridge(server.url)
    error = b.ask(call(1, {"region": "eu"}))
    assert error["code"] == -32020 and "Mcp-Param-Region" in error["message"]
    assert len(server.got("tools/call")) == (2 if lists_ok else 1)
    assert len(server.got("tools/list")) == 1


def test_a_stream_of_events(fake, bridge):
    def script(req):
        s = req.stream()
        s.raw(b": hello\n\nevent: ping\ndata: {\"method\":\"no\"}\n\n")
        s.event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"n": 1}})
        # Split anywhere, over several lines, with CR LF.
        text = json.dumps({"jsonrpc": "2.0", "id": req.id, "result": {"é": "x"}},
                          ensure_ascii=False, indent=1).replace("\n", "\r\ndata: ")
        for byte in f"data: {text}\r\n\r\n".encode():
            s.raw(bytes([byte]))
    server = fake(script)
    b = bridge(server.url)
    b.send(request("q", "x"))
    assert b.message()["method"] == "notifications/progress"
    assert b.message() == {"jsonrpc": "2.0", "id": "q", "result": {"é": "x"}}
    b.eof()
    assert b.rest() == []


def test_what_is_not_for_this_client_is_dropped(fake, bridge):
    def script(req):
        s = req.stream()
        s.event({"jsonrpc": "2.0", "id": "other", "result": {}})
        s.event({"jsonrpc": "2.0", "id": 9, "method": "sampling/createMessage"})
        s.raw(b"data: not json\n\n")
        s.event({"jsonrpc": "2.0", "id": req.id, "result": {"good": 1}})
    b = bridge(fake(script).url)
    assert b.ask(request(1, "x")) == {"good": 1}
    b.eof()
    assert b.rest() == []


def test_cancelling_closes_the_stream(fake, bridge):
    closed = threading.Event()

    def script(req):
        s = req.stream()
        s.event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})
        if s.wait_closed():
            closed.set()
    server = fake(script)
    b = bridge(server.url)
    b.send(request("r", "tools/call", {"name": "t"}))
    b.find(lambda m: m.get("method") == "notifications/progress")
    b.send(notification("notifications/cancelled", {"requestId": "nobody"}))
    b.send(notification("notifications/cancelled", {"requestId": "r", "reason": "enough"}))
    assert closed.wait(10)
    b.eof()
    assert b.rest() == []  # no answer after a cancellation
    assert not server.got("notifications/cancelled")


def test_listen_lasts_and_ends_with_the_input(fake, bridge):
    gone = threading.Event()

    def script(req):
        s = req.stream()
        s.event({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged"})
        if s.wait_closed(20):
            gone.set()
    b = bridge(fake(script).url, "--timeout", "1", "--max-time", "1", "--grace", "20")
    b.send(request("l", "subscriptions/listen", {"notifications": {}}))
    b.find(lambda m: m.get("method") == "notifications/subscriptions/acknowledged")
    assert not gone.wait(2.5)  # neither limit is for a stream without end
    b.eof()
    assert gone.wait(5)  # and it is no work to wait for
    assert b.rest() == []


def test_notifications_go_with_the_era_that_was_spoken(fake, bridge):
    server = fake(lambda r: r.reply(202) if r.id is None else r.result())
    b = bridge(server.url)
    b.ask(request(1, "server/discover"))
    b.send(notification("notifications/something"))
    got = server.wait("notifications/something")[0]
    assert got.headers["MCP-Protocol-Version"] == "2026-07-28"
    assert got.headers["Mcp-Method"] == "notifications/something"
    b.eof()
    assert b.rest() == []
