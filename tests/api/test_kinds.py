"""Resources, templates and prompts: the life of each, what clients get of
them, and that nobody gets what nobody approved."""

import base64
import json
import secrets
import threading

import pytest

from client import audit_rows, psql, wait_for
from harness.mcp import McpClient, McpError
from harness.streams import Reader, Session, http, post
from house import House

INVALID, INTERNAL = -32602, -32603

RESOURCE = '''async def main():
    """What the board says."""
    return "hello"
'''
TEMPLATE = '''from typing import Literal


async def main(kind: Literal["big", "small"], id: str, unit: str = "m"):
    """Things by number.

    Args:
        id: its number
    """
    return json.dumps({"kind": kind, "id": id, "unit": unit})


async def complete(argument, value, context):
    return [context.get("kind", "any") + "-" + value + str(i) for i in range(3)]
'''
PROMPT = '''from typing import Annotated, Literal


async def main(topic: Annotated[str, "What about"], tone: Literal["kind", "stern"] = "kind"):
    """Asks about a topic."""
    mcp.log("asked")
    return [topic + " " + tone, {"role": "assistant", "content": mcp.image(b"\\x89PNG\\r\\n\\x1a\\n")}]


async def complete(argument, value, context):
    return [value + "!"]
'''
MADE = {
    "resource": ("resources", {"python_code": RESOURCE, "mime_type": "text/plain"}),
    "template": ("resource-templates", {"python_code": TEMPLATE, "mime_type": "application/json"}),
    "prompt": ("prompts", {"python_code": PROMPT}),
}
KINDS = sorted(MADE)


@pytest.fixture(scope="module")
def house(bearer, credentials):
    return House(bearer(credentials[0]))


@pytest.fixture
def mcp(gateway_url):
    client = McpClient(gateway_url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def running(house):
    s = house.server()
    house.post(f"/api/servers/{s['id']}/start").expect(200)
    return s


def address(kind):
    token = secrets.token_hex(6)
    return {"resource": {"uri": f"test://{token}/board"},
            "template": {"uri": f"test://{token}/{{kind}}/{{id}}{{?unit}}"}, "prompt": {}}[kind]


def make(house, server, kind, **fields):
    path, body = MADE[kind]
    body = {"name": "k" + secrets.token_hex(6), **body, **address(kind), **fields}
    return house.post(f"/api/servers/{server['id']}/{path}", body).expect(201)


def example(thing):
    """A URI that a template makes, or the resource's own."""
    return thing["uri"].replace("{kind}/{id}{?unit}", "big/7?unit=km")


def use(mcp, thing):
    """Reads it, or gets it: what every client would do."""
    if thing["kind"] == "prompt":
        return mcp.request("prompts/get", {"name": thing["full_name"], "arguments": {"topic": "rain"}},
                           thing["full_name"])
    return mcp.request("resources/read", {"uri": example(thing)}, example(thing))


def complete(mcp, thing, argument, value="", context=None):
    ref = ({"type": "ref/prompt", "name": thing["full_name"]} if thing["kind"] == "prompt"
           else {"type": "ref/resource", "uri": thing["uri"]})
    params = {"ref": ref, "argument": {"name": argument, "value": value}}
    if context is not None:
        params["context"] = {"arguments": context}
    return mcp.request("completion/complete", params)["completion"]


def listed(mcp):
    """Every name that any list shows."""
    names = set()
    for method, member in (("tools/list", "tools"), ("resources/list", "resources"),
                           ("resources/templates/list", "resourceTemplates"), ("prompts/list", "prompts")):
        cursor = None
        while True:
            page = mcp.request(method, {"cursor": cursor} if cursor else {})
            names |= {(method, one["name"]) for one in page[member]}
            cursor = page.get("nextCursor")
            if not cursor:
                break
    return names


def refused(code, call):
    with pytest.raises(McpError) as e:
        call()
    assert e.value.body["error"]["code"] == code, e.value
    return e.value.body["error"]


LISTS = {"resource": "resources/list", "template": "resources/templates/list", "prompt": "prompts/list"}


def entry(mcp, method, member, name):
    """What a list shows of it; a worker hears of a change a moment later."""
    def find():
        return next((one for one in mcp.request(method)[member] if one["name"] == name), None)
    return wait_for(name, find)


def unseen(mcp, thing):
    """Not in any list, not read, not got, not completed, not called."""
    wait_for("the lists", lambda: thing["full_name"] not in {name for _, name in listed(mcp)})
    refused(INVALID, lambda: use(mcp, thing))
    if thing["kind"] != "resource":
        refused(INVALID, lambda: complete(mcp, thing, "id"))
        refused(INVALID, lambda: complete(mcp, thing, "topic"))
        refused(INVALID, lambda: complete(mcp, thing, "kind"))
    refused(INVALID, lambda: mcp.call(thing["full_name"]))


def runs_of(thing):
    return int(psql(f"SELECT count(*) FROM run_log WHERE tool_id = '{thing['id']}' AND NOT is_test")[0][0])


# --- the life of each -----------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_gets_what_nobody_approved(house, mcp, running, kind):
    thing = make(house, running, kind)
    at = f"/api/tools/{thing['id']}"
    assert thing["kind"] == kind and thing["approval_status"] == "draft"
    unseen(mcp, thing)  # a draft
    house.post(at + "/request-publish").expect(200)
    unseen(mcp, thing)  # in the queue
    house.decide(thing, "reject", reason="no").expect(200)
    unseen(mcp, thing)  # rejected
    assert runs_of(thing) == 0
    house.decide(thing).expect(200)
    wait_for("the list", lambda: (LISTS[kind], thing["full_name"]) in listed(mcp))
    use(mcp, thing)
    assert runs_of(thing) == 1
    house.patch(at, {"enabled": False}).expect(200)
    unseen(mcp, thing)  # switched off
    house.patch(at, {"enabled": True}).expect(200)
    use(mcp, thing)
    house.patch(at, {"title": "New"}).expect(200)
    unseen(mcp, thing)  # changed
    back = house.post(at + "/versions/1/rollback").expect(200)
    assert back["title"] is None and back["uri"] == thing["uri"]
    unseen(mcp, thing)  # rolled back: a new version
    house.decide(thing).expect(200)
    house.post(f"/api/approvals/tools/{thing['id']}/revoke").expect(200)
    unseen(mcp, thing)  # revoked
    house.decide(thing).expect(200)
    house.post(f"/api/servers/{running['id']}/stop").expect(200)
    unseen(mcp, thing)  # its server stands still
    house.post(f"/api/servers/{running['id']}/start").expect(200)
    use(mcp, thing)
    assert runs_of(thing) == 3
    house.delete(at).expect(204)
    unseen(mcp, thing)
    assert thing["id"] in [target for _, target, _ in audit_rows(f"create_{kind}")]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_no_tool_and_no_tool_is_one(house, mcp, running, kind):
    thing = make(house, running, kind)
    house.decide(thing).expect(200)
    refused(INVALID, lambda: mcp.call(thing["full_name"]))
    tool = house.approved(server=running)
    refused(INVALID, lambda: mcp.request("prompts/get", {"name": tool["full_name"]}, tool["full_name"]))
    def seen(full_name):
        return {m for m, name in listed(mcp) if name == full_name}
    wait_for("the list of tools", lambda: seen(tool["full_name"]) == {"tools/list"})
    wait_for("the other list", lambda: seen(thing["full_name"]) == {LISTS[kind]})


def test_rest_lists_by_kind(house):
    s = house.server()
    things = {kind: make(house, s, kind) for kind in KINDS}
    things["tool"] = house.tool(s)
    def ids(path):
        return {t["id"] for t in house.get(f"/api/servers/{s['id']}/{path}").expect(200)["items"]}
    assert ids("tools") == {things["tool"]["id"]}
    assert ids("tools?kind=all") == {t["id"] for t in things.values()}
    assert ids("tools?kind=template") == {things["template"]["id"]}
    assert ids("resources") == {things["resource"]["id"], things["template"]["id"]}
    assert ids("prompts") == {things["prompt"]["id"]}
    one = house.get(f"/api/tools/{things['template']['id']}").expect(200)
    assert one["uri"] == things["template"]["uri"] and one["mime_type"] == "application/json"
    assert one["completes"] and not one["input_schema_given"] and one["task_mode"] == "none"
    house.post(f"/api/tools/{things['prompt']['id']}/request-publish").expect(200)
    queue = house.get("/api/approvals/tools?kind=prompt&page_size=100").expect(200)["items"]
    assert things["prompt"]["id"] in {t["id"] for t in queue} and {t["kind"] for t in queue} == {"prompt"}
    stats = house.get("/api/approvals/stats").expect(200)
    assert stats["pending_prompts"] >= 1 and stats["pending_tools"] >= stats["pending_prompts"]
    found = house.get(f"/api/tools?search={things['prompt']['name']}&kind=prompt").expect(200)["hits"]
    assert [h["kind"] for h in found] == ["prompt"]
    assert house.get(f"/api/tools?search={things['prompt']['name']}").expect(200)["hits"] == []


def test_a_name_is_one_of_its_server(house):
    s = house.server()
    make(house, s, "prompt", name="same")
    path, body = MADE["resource"]
    house.post(f"/api/servers/{s['id']}/{path}",
               {"name": "same", **body, **address("resource")}).expect(409, "duplicate")
    house.post(f"/api/servers/{s['id']}/tools",
               {"name": "same", "python_code": RESOURCE}).expect(409, "duplicate")


@pytest.mark.parametrize("kind, fields, pointer", [
    ("resource", {"uri": None}, "/uri"), ("resource", {"uri": "no scheme"}, "/uri"),
    ("resource", {"uri": "a:{b}"}, "/uri"), ("template", {"uri": "a:b"}, "/uri"),
    ("template", {"uri": "a:{b*}"}, "/uri"), ("resource", {"mime_type": "text"}, "/mime_type"),
    ("resource", {"size": -1}, "/size"), ("resource", {"annotations": {"title": "x"}}, "/annotations"),
    ("resource", {"annotations": {"priority": 2}}, "/annotations/priority"),
    ("prompt", {"icons": [{"src": "http://x.example/i"}]}, "/icons/0/src"),
    ("prompt", {"client_capabilities": ["telepathy"]}, "/client_capabilities"),
    ("template", {"uri": "a:{kind}/{id}/{unit}/{more}"}, "/python_code"),
    ("template", {"uri": "a:{kind}"}, "/python_code"),
    ("template", {"uri": "a:{kind}{?id,unit}"}, "/python_code"),
    ("resource", {"python_code": "async def main(a: str): pass"}, "/python_code"),
    ("prompt", {"python_code": "async def main(a: int): pass"}, "/python_code"),
])
def test_refused(house, running, kind, fields, pointer):
    path, body = MADE[kind]
    body = {"name": "r" + secrets.token_hex(6), **body, **address(kind), **fields}
    answer = house.post(f"/api/servers/{running['id']}/{path}", body)
    answer.expect(422, "invalid")
    assert answer.pointers == [pointer]


def test_what_only_tools_have(house, running):
    path, body = MADE["prompt"]
    for extra in ({"output_schema": {}}, {"input_schema": {"type": "object"}}, {"task_mode": "optional"},
                  {"uri": "a:b"}):
        house.post(f"/api/servers/{running['id']}/{path}", {"name": "x", **body, **extra}).expect(422)
    thing = make(house, running, "prompt")
    at = f"/api/tools/{thing['id']}"
    for extra in ({"output_schema": {}}, {"input_schema": {"type": "object"}}, {"task_mode": "optional"},
                  {"uri": "a:b"}, {"mime_type": "a/b"}):
        house.patch(at, extra).expect(422)


def test_a_template_and_its_code_change_together(house, running):
    thing = make(house, running, "template")
    at = f"/api/tools/{thing['id']}"
    house.patch(at, {"uri": "a:{other}"}).expect(422)
    now = house.patch(at, {"uri": "a:{other}", "python_code": "async def main(other: str): return other"}).expect(200)
    assert now["current_version"] == 2 and now["input_schema"]["required"] == ["other"]
    assert house.get(at + "/versions").expect(200)["items"][0]["change_summary"] == "Changed code, URI"


def test_the_review_shows_it(house, running):
    thing = make(house, running, "resource", client_capabilities=["sampling"])
    seen = house.review(thing)
    assert seen["kind"] == "resource" and seen["uri"] == thing["uri"]
    powers = {(p["kind"], p["text"]) for p in seen["powers"]}
    assert ("serve", f"Is read by clients as {thing['uri']}") in powers
    assert ("client", "Asks the client's model to answer its prompts") in powers
    house.decide(thing).expect(200)
    house.patch(f"/api/tools/{thing['id']}", {"uri": thing["uri"] + "/2"}).expect(200)
    seen = house.review(thing)
    assert seen["base"]["uri"] == thing["uri"]
    assert [p["kind"] for p in seen["powers"] if p["new"]] == ["serve"]
    diff = house.get(f"/api/tools/{thing['id']}/versions/compare?from_version=1&to_version=2").expect(200)
    assert [d["field"] for d in diff["differences"]] == ["uri"]


# --- one URI, one thing -----------------------------------------------------------


def test_the_second_of_a_uri_waits(house, mcp, running):
    first = make(house, running, "resource")
    other = house.server()
    second = make(house, other, "resource", uri=first["uri"], python_code=RESOURCE.replace("hello", "second"))
    house.decide(first).expect(200)
    assert first["full_name"] in house.decide(second).expect(409)["detail"]
    house.patch(f"/api/tools/{first['id']}", {"enabled": False}).expect(200)
    house.decide(second).expect(200)
    house.patch(f"/api/tools/{first['id']}", {"enabled": True}).expect(409)
    house.post(f"/api/servers/{other['id']}/start").expect(200)
    assert use(mcp, second)["contents"][0]["text"] == "second"


def test_two_at_once_are_one(house, running):
    uri = address("resource")["uri"]
    pair = [make(house, running, "resource", uri=uri) for _ in range(2)]
    seen = [house.review(t) for t in pair]
    barrier, status = threading.Barrier(2), []

    def decide(i):
        client = House(house.client.clone())
        barrier.wait()
        status.append(client.decide(pair[i], seen=seen[i]).status)
    threads = [threading.Thread(target=decide, args=(i,)) for i in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(status) == [200, 409]


def test_which_template(house, mcp, running):
    root = "test://" + secrets.token_hex(6)
    code = 'async def main(x: str):\n    return "%s " + x\n'
    for uri, name in (("/{+x}", "any"), ("/a/{x}", "a"), ("/{x}", "one")):
        house.decide(make(house, running, "template", uri=root + uri, python_code=code % name)).expect(200)
    house.decide(make(house, running, "resource", uri=root + "/a/exact")).expect(200)

    def read(path):
        return mcp.request("resources/read", {"uri": root + path}, root + path)["contents"][0]["text"]
    assert read("/a/1") == "a 1"
    assert read("/a/exact") == "hello"
    assert read("/b") == "any b"  # "{+x}" before "{x}", by byte order
    assert read("/b/c") == "any b/c"
    assert read("/a/%C3%A4") == "a ä"


# --- what clients get ----------------------------------------------------------------


def test_read(house, mcp, running):
    thing = make(house, running, "resource", title="Board", size=5, icons=[{"src": "https://x.example/i.png"}],
                 annotations={"audience": ["user"], "priority": 0.5, "lastModified": "2026-01-12T15:00:58Z"})
    house.decide(thing).expect(200)
    assert entry(mcp, "resources/list", "resources", thing["full_name"]) == {"name": thing["full_name"], "title": "Board", "description": "What the board says.",
                     "uri": thing["uri"], "mimeType": "text/plain", "size": 5, "icons": thing["icons"],
                     "annotations": thing["annotations"]}
    page = mcp.request("resources/list")
    assert page["ttlMs"] == 0 and page["cacheScope"] == "private" and page["resultType"] == "complete"
    got = use(mcp, thing)
    assert got["contents"] == [{"uri": thing["uri"], "mimeType": "text/plain", "text": "hello"}]
    assert got["ttlMs"] == 0 and got["cacheScope"] == "private" and got["resultType"] == "complete"


def test_read_a_template(house, mcp, running):
    thing = make(house, running, "template")
    house.decide(thing).expect(200)
    shown = entry(mcp, "resources/templates/list", "resourceTemplates", thing["full_name"])
    assert shown["mimeType"] == "application/json" and shown["uriTemplate"] == thing["uri"]
    got = use(mcp, thing)["contents"][0]
    assert got["uri"] == example(thing) and json.loads(got["text"]) == {"kind": "big", "id": "7", "unit": "km"}
    # A value that the Literal does not have is no resource, and runs nothing.
    before = runs_of(thing)
    odd = example(thing).replace("big", "huge")
    assert refused(INVALID, lambda: mcp.request("resources/read", {"uri": odd}, odd))["data"]["uri"] == odd
    assert runs_of(thing) == before


BLOBS = '''async def main():
    """Bytes, and more than one content."""
    return [bytes(range(256)), {"text": "<b>", "mimeType": "text/html", "uri": "x://other", "_meta": {"a": 1}}]
'''


def test_read_blobs(house, mcp, running):
    thing = make(house, running, "resource", python_code=BLOBS, mime_type="application/octet-stream")
    house.decide(thing).expect(200)
    blob, text = use(mcp, thing)["contents"]
    assert blob["mimeType"] == "application/octet-stream" and base64.b64decode(blob["blob"]) == bytes(range(256))
    assert text == {"uri": "x://other", "mimeType": "text/html", "text": "<b>", "_meta": {"a": 1}}


@pytest.mark.parametrize("uri", ["test://none", "no uri", "x" * 9000, "test://%", "a:{b}"])
def test_no_such_resource(mcp, uri):
    error = refused(INVALID, lambda: mcp.request("resources/read", {"uri": uri}, uri))
    assert error["data"]["uri"] == uri


def test_get(house, mcp, running):
    thing = make(house, running, "prompt", icons=[{"src": "data:image/png;base64,AA=="}])
    house.decide(thing).expect(200)
    assert entry(mcp, "prompts/list", "prompts", thing["full_name"]) == {"name": thing["full_name"], "description": "Asks about a topic.", "icons": thing["icons"],
                     "arguments": [{"name": "topic", "description": "What about", "required": True},
                                   {"name": "tone", "required": False}]}
    got = use(mcp, thing)
    assert got["description"] == "Asks about a topic."
    assert got["messages"][0] == {"role": "user", "content": {"type": "text", "text": "rain kind"}}
    assert got["messages"][1]["role"] == "assistant"
    assert got["messages"][1]["content"]["mimeType"] == "image/png"
    name, before = thing["full_name"], runs_of(thing)
    for arguments in ({}, {"tone": "kind"}, {"topic": "x", "tone": "loud"}, {"topic": "x", "more": "y"},
                      {"topic": 5}, []):
        refused(INVALID, lambda: mcp.request("prompts/get", {"name": name, "arguments": arguments}, name))
    refused(INVALID, lambda: mcp.request("prompts/get", {"name": name}, name))
    refused(INVALID, lambda: mcp.request("prompts/get", {"name": "no__such"}, "no__such"))
    assert runs_of(thing) == before


def test_complete(house, mcp, running):
    prompt, template = make(house, running, "prompt"), make(house, running, "template")
    for thing in (prompt, template):
        house.decide(thing).expect(200)
    assert complete(mcp, prompt, "tone") == {"values": ["kind", "stern"], "total": 2, "hasMore": False}
    assert complete(mcp, prompt, "tone", "S")["values"] == ["stern"]
    assert complete(mcp, template, "kind", "b")["values"] == ["big"]
    assert runs_of(prompt) == runs_of(template) == 0  # a choice needs no run
    assert complete(mcp, prompt, "topic", "a") == {"values": ["a!"], "hasMore": False}
    assert complete(mcp, template, "id", "x", {"kind": "big"})["values"] == ["big-x0", "big-x1", "big-x2"]
    assert complete(mcp, template, "id")["values"] == ["any-0", "any-1", "any-2"]
    assert runs_of(prompt) == 1 and runs_of(template) == 2
    for argument in ("none", ""):
        refused(INVALID, lambda: complete(mcp, prompt, argument))
    refused(INVALID, lambda: complete(mcp, prompt, "topic", "a", {"x": 1}))
    for ref in ({"type": "ref/prompt", "name": "no__such"}, {"type": "ref/resource", "uri": "a:{b}"},
                {"type": "ref/tool", "name": "x"}, {}):
        refused(INVALID, lambda: mcp.request(
            "completion/complete", {"ref": ref, "argument": {"name": "a", "value": ""}}))


def test_nothing_to_offer(house, mcp, running):
    thing = make(house, running, "prompt", python_code="async def main(a: str):\n    return a\n")
    house.decide(thing).expect(200)
    assert complete(mcp, thing, "a") == {"values": [], "total": 0, "hasMore": False}
    assert runs_of(thing) == 0


ODD = {
    "raises": ("raise ValueError('no luck')", "no luck"),
    "none": ("return None", "returned"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", sorted(ODD))
def test_what_goes_wrong(house, mcp, running, kind, case):
    body, wanted = ODD[case]
    head = {"resource": "async def main():", "template": "async def main(kind: str, id: str, unit: str = ''):",
            "prompt": "async def main(topic: str):"}[kind]
    thing = make(house, running, kind, python_code=head + "\n    " + body + "\n")
    house.decide(thing).expect(200)
    error = refused(INTERNAL, lambda: use(mcp, thing))
    assert wanted in error["message"] and error["data"]["reason"] == "tool_error"


ODD_SHAPES = [
    ("resource", "{'text': 'x', 'uri': 'no uri'}"), ("resource", "{'text': 'x', 'mimeType': 5}"),
    ("resource", "{'text': 'x', '_meta': []}"), ("prompt", "{'role': 'user', 'content': {'type': 'song'}}"),
    ("prompt", "{'role': 'user', 'content': {'type': 'image', 'data': 'AA=='}}"),
    ("prompt", "{'role': 'user', 'content': {'type': 'resource', 'resource': {'uri': 'a:b'}}}"),
]


@pytest.mark.parametrize("kind, value", ODD_SHAPES, ids=[str(i) for i in range(len(ODD_SHAPES))])
def test_what_is_no_content_does_not_leave(house, mcp, running, kind, value):
    head = "async def main():" if kind == "resource" else "async def main(topic: str):"
    thing = make(house, running, kind, python_code=f"{head}\n    return {value}\n")
    house.decide(thing).expect(200)
    error = refused(INTERNAL, lambda: use(mcp, thing))
    assert error["data"]["reason"] == "output_limit" and "may not" in error["message"]


def test_secrets_are_taken_out(house, mcp, running):
    key = secrets.token_hex(16)
    house.secret(running, "BOARD_KEY", key)
    code = 'async def main():\n    return "key: " + secrets["BOARD_KEY"]\n'
    thing = make(house, running, "resource", python_code=code, secret_names=["BOARD_KEY"])
    house.decide(thing).expect(200)
    assert key not in json.dumps(use(mcp, thing))


@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_before_review(house, running, kind):
    thing = make(house, running, kind)
    arguments = {"resource": {}, "template": {"kind": "big", "id": "1"}, "prompt": {"topic": "x"}}[kind]
    got = house.post("/api/tools/test-code", {"tool_id": thing["id"], "arguments": arguments}).expect(200)
    assert got["success"] and set(got["result"]) == {"prompt": {"messages"}}.get(kind, {"contents"})


# --- a schema of the author's own ------------------------------------------------------

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
    "$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"},
                   "contactMethod": {"type": "string", "enum": ["phone", "email"]},
                   "phone": {"type": "string"}, "email": {"type": "string"}},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]}, "else": {"required": ["email"]}, "additionalProperties": False,
}
ECHO = "async def main(**given):\n    \"\"\"Echoes.\"\"\"\n    return given\n"


def test_a_given_schema_is_listed_as_written_and_enforced(house, mcp, running):
    answer = house.post(f"/api/servers/{running['id']}/tools", {"name": "nokwargs", "python_code": ECHO})
    answer.expect(422)
    tool = house.tool(running, python_code=ECHO, input_schema=SCHEMA, icons=[{"src": "https://x.example/i"}])
    assert tool["input_schema_given"]
    house.decide(tool).expect(200)
    def shown():
        return next((t for t in mcp.tools() if t["name"] == tool["full_name"]), None)
    seen = wait_for("the list", shown)
    assert json.dumps(seen["inputSchema"]) == json.dumps(SCHEMA)  # order, too
    assert seen["icons"] == [{"src": "https://x.example/i"}]
    good = {"contactMethod": "phone", "phone": "1"}
    assert mcp.call(tool["full_name"], good)["structuredContent"] == good
    for bad in ({}, {"contactMethod": "phone", "email": "x"}, {"phone": 1, "email": "x"}, {"email": "x", "more": 1},
                {"email": "x", "address": {"street": 5}}):
        assert mcp.call(tool["full_name"], bad)["isError"], bad
    at = f"/api/tools/{tool['id']}"
    # Other code keeps it; without it main's own parameters count again.
    now = house.patch(at, {"python_code": ECHO.replace("Echoes", "Says")}).expect(200)
    assert now["input_schema_given"] and now["input_schema"] == SCHEMA
    house.patch(at, {"input_schema": None}).expect(422)
    now = house.patch(at, {"input_schema": None, "python_code": "async def main(a: int): return a"}).expect(200)
    assert not now["input_schema_given"] and now["input_schema"]["required"] == ["a"]
    back = house.post(at + "/versions/1/rollback").expect(200)
    assert back["input_schema"] == SCHEMA and back["digest"] == tool["digest"] and back["input_schema_given"]


@pytest.mark.parametrize("schema", [
    {"type": "string"}, {}, {"type": "object", "properties": {"a": {"type": "number", "x-mcp-header": "A"}}},
    {"type": "object", "properties": {"a": {"$ref": "https://example.org/s"}}}])
def test_a_schema_that_is_none(house, running, schema):
    answer = house.post(f"/api/servers/{running['id']}/tools",
                        {"name": "x", "python_code": ECHO, "input_schema": schema})
    answer.expect(422)
    assert all(p.startswith("/input_schema") for p in answer.pointers)


def test_tools_have_needs_and_a_mode(house):
    s = house.server()
    tool = house.tool(s, client_capabilities=["sampling", "elicitation"], task_mode="optional")
    assert tool["client_capabilities"] == ["elicitation", "sampling"] and tool["task_mode"] == "optional"
    at = f"/api/tools/{tool['id']}"
    now = house.patch(at, {"task_mode": "required", "client_capabilities": []}).expect(200)
    assert now["task_mode"] == "required" and now["client_capabilities"] == []
    assert now["digest"] != tool["digest"]
    house.patch(at, {"task_mode": "sometimes"}).expect(422)
    texts = [p["text"] for p in house.review(tool)["powers"]]
    assert "Runs as a task, and goes on after the call" in texts
    assert house.post(at + "/versions/1/rollback").expect(200)["digest"] == tool["digest"]


# --- the models' door ------------------------------------------------------------------


def test_a_model_makes_them(house, mcp):
    s = house.server()
    made = {}
    for operation, kind in (("create_resource", "resource"), ("create_resource_template", "template"),
                            ("create_prompt", "prompt")):
        body = {"server_id": s["id"], "name": kind + "_of_model", **MADE[kind][1], **address(kind)}
        result = mcp.call("mcpbox_" + operation, body)
        assert not result.get("isError"), result
        made[kind] = result["structuredContent"]
    got = mcp.call("mcpbox_list_tools", {"server_id": s["id"], "kind": "all"})["structuredContent"]
    assert {t["kind"] for t in got["items"]} == set(KINDS)
    for kind, thing in made.items():
        trial = mcp.call("mcpbox_test_code", {"tool_id": thing["id"], "arguments": {
            "resource": {}, "template": {"kind": "big", "id": "1"}, "prompt": {"topic": "x"}}[kind]})
        assert trial["structuredContent"]["success"], trial
        asked = mcp.call("mcpbox_request_publish", {"tool_id": thing["id"]})
        assert asked["structuredContent"]["approval_status"] == "pending_review"
        unseen(mcp, thing)
    bad = mcp.call("mcpbox_validate_code", {"python_code": "async def main(a: int): pass", "kind": "prompt"})
    assert not bad["structuredContent"]["valid"]


# --- what code announces -------------------------------------------------------------

ANNOUNCE = '''async def main(what: str = "", uri: str = "", times: int = 1):
    """Announces."""
    for _ in range(times):
        if what:
            mcp.list_changed(what)
        if uri:
            mcp.resource_updated(uri)
    return "said"
'''


@pytest.fixture
def reader(gateway_url):
    with Reader(gateway_url) as r:
        yield r


def acknowledged(stream):
    wait_for("the acknowledgement", lambda: stream.count("notifications/subscriptions/acknowledged"))
    return stream


def test_announced_lists_reach_who_listens(house, mcp, running, reader):
    tool = house.approved(server=running, python_code=ANNOUNCE)
    streams = {what: acknowledged(reader.listen(i, **{what + "ListChanged": True}))
               for i, what in enumerate(("tools", "prompts", "resources"))}

    def heard(what):
        return streams[what].count(f"notifications/{what}/list_changed")
    for what, stream in streams.items():
        before = {k: heard(k) for k in streams}
        assert not mcp.call(tool["full_name"], {"what": what}).get("isError")
        wait_for(what, lambda: heard(what) > before[what])
        del before[what]
        # Others change lists, too, but nobody changes these at this moment.
        assert {k: heard(k) for k in before} == before
    assert mcp.call(tool["full_name"], {"what": "servers"})["isError"]


def test_updates_reach_who_subscribed(house, mcp, running, reader):
    thing = make(house, running, "resource")
    template = make(house, running, "template")
    for one in (thing, template):
        house.decide(one).expect(200)
    tool = house.approved(server=running, python_code=ANNOUNCE)
    uris = [thing["uri"], example(template)]
    stream = acknowledged(reader.listen(1, resourceSubscriptions=uris))
    other = acknowledged(reader.listen(2, resourceSubscriptions=["test://other"]))
    method = "notifications/resources/updated"
    for n, uri in enumerate(uris, 1):
        mcp.call(tool["full_name"], {"uri": uri})
        wait_for("the update", lambda: stream.count(method) == n)
    got = [e for e in stream.events if e.get("method") == method]
    assert [e["params"]["uri"] for e in got] == uris
    assert {e["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] for e in got} == {1}

    # A new version that is approved says something else, maybe.
    house.patch(f"/api/tools/{thing['id']}", {"python_code": RESOURCE.replace("hello", "bye")}).expect(200)
    house.decide(thing).expect(200)
    wait_for("the update", lambda: stream.count(method) == 3)

    # Not what is another server's, nobody's, or no URI.
    stranger = house.live(house.server(), python_code=ANNOUNCE)
    for uri in (uris[0], uris[1]):
        mcp.call(stranger["server_name"] + "__" + stranger["name"], {"uri": uri})
    for uri in ("test://other", "test://nobody", "no uri"):
        mcp.call(tool["full_name"], {"uri": uri})
    # Nor what a draft says that is tried out.
    draft = house.tool(running, python_code=ANNOUNCE)
    house.post("/api/tools/test-code", {"tool_id": draft["id"], "arguments": {"uri": uris[0]}}).expect(200)
    mcp.call("mcpbox_test_code", {"tool_id": draft["id"], "arguments": {"uri": uris[0]}})
    mcp.call(tool["full_name"], {"uri": uris[0]})  # in order behind all of that
    wait_for("the update", lambda: stream.count(method) == 4)
    assert other.count(method) == 0


def test_legacy_sessions_subscribe(house, mcp, running, reader):
    thing = make(house, running, "resource")
    house.decide(thing).expect(200)
    tool = house.approved(server=running, python_code=ANNOUNCE)
    session = Session(reader)

    def ask(ident, method, **params):
        done = reader.done(post(reader.host, {"id": ident, "method": method, "params": params}, session.headers()))
        assert done.status == 200
        return json.loads(done.body)
    assert ask(1, "resources/subscribe", uri=thing["uri"]) == {"jsonrpc": "2.0", "id": 1, "result": {}}
    error = ask(2, "resources/subscribe", uri="test://none")["error"]
    assert error["code"] == -32002 and error["data"] == {"uri": "test://none"}
    assert ask(3, "resources/read", uri="test://none")["error"]["code"] == -32002
    read = ask(4, "resources/read", uri=thing["uri"])["result"]
    assert set(read) == {"contents"}
    stream = reader.open(http("GET", reader.host, {"Accept": "text/event-stream", **session.headers()}))
    wait_for("the stream", lambda: stream.status == 200)
    method = "notifications/resources/updated"
    mcp.call(tool["full_name"], {"uri": thing["uri"]})
    wait_for("the update", lambda: stream.count(method) == 1)
    assert ask(5, "resources/unsubscribe", uri=thing["uri"])["result"] == {}
    mcp.call(tool["full_name"], {"uri": thing["uri"]})
    mcp.call(tool["full_name"], {"what": "prompts"})
    wait_for("the list", lambda: stream.count("notifications/prompts/list_changed") >= 1)
    assert stream.count(method) == 1


def test_a_flood_is_cut(house, mcp, running, reader):
    thing = make(house, running, "resource")
    house.decide(thing).expect(200)
    tool = house.approved(server=running, python_code=ANNOUNCE)
    stream = acknowledged(reader.listen(1, resourceSubscriptions=[thing["uri"]]))
    method = "notifications/resources/updated"
    mcp.call(tool["full_name"], {"uri": thing["uri"], "times": 5000})
    wait_for("what is let through", lambda: stream.count(method) == 100)
    mcp.call(tool["full_name"], {"uri": thing["uri"]})
    wait_for("the next", lambda: stream.count(method) == 101)
