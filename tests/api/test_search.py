"""Finding tools by what they do: as a model, and as a person."""

import secrets
import urllib.parse

import pytest

from client import Client
from harness.mcp import McpClient
from house import House

ADD = 'async def main({p}: int) -> int:\n    """{doc}"""\n    return {p}\n'


def word():
    """A word that no other test's tool has: letters only."""
    return "q" + "".join(chr(ord("a") + b % 26) for b in secrets.token_bytes(11))


@pytest.fixture
def house(admin):
    return House(admin)


@pytest.fixture
def model(gateway_url):
    c = McpClient(gateway_url)
    yield c
    c.close()


def tool(house, server=None, doc="A tool.", parameter="a", **fields):
    return house.tool(server, python_code=ADD.format(p=parameter, doc=doc), **fields)


def live(house, **fields):
    server = house.server()
    made = tool(house, server, **fields)
    house.decide(made).expect(200)
    house.post(f"/api/servers/{server['id']}/start").expect(200)
    return {**made, "server": server}


def search(model, text, **more):
    """The result of the management tool, or its text when it is an error."""
    result = model.call("mcpbox_search_tools", {"search": text, **more})
    return result["content"][0]["text"] if result.get("isError") else result["structuredContent"]


def found(model, text, **more):
    return [h["name"] for h in search(model, text, **more)["hits"]]


def find(client, **query):
    return client.get("/api/tools?" + urllib.parse.urlencode(query))


# --- a model -----------------------------------------------------------------------

def test_a_model_finds_what_it_may_call_and_nothing_else(house, model):
    w = word()
    server = house.server()
    made = tool(house, server, doc=f"Does {w}.")
    assert found(model, w) == []  # a draft
    house.post(f"/api/tools/{made['id']}/request-publish").expect(200)
    assert found(model, w) == []
    house.decide(made).expect(200)
    assert found(model, w) == []  # its server does not run
    house.post(f"/api/servers/{server['id']}/start").expect(200)
    assert found(model, w) == [made["full_name"]]
    house.patch(f"/api/tools/{made['id']}", {"enabled": False}).expect(200)
    assert found(model, w) == []
    house.patch(f"/api/tools/{made['id']}", {"enabled": True}).expect(200)
    assert found(model, w) == [made["full_name"]]
    house.patch(f"/api/tools/{made['id']}", {"title": f"Another {w}"}).expect(200)
    assert found(model, w) == []  # in review again
    house.delete(f"/api/servers/{server['id']}?force=true").expect(204)
    assert found(model, w) == []


def test_the_best_first_and_why(house, model):
    w = word()
    by_parameter = live(house, doc="Something.", parameter=f"the_{w}")
    by_text = live(house, doc=f"Adds a {w}, then some more.")
    by_title = live(house, title=f"Ordinary {w.upper()}")
    by_name = live(house, name=f"make_{w}")
    hits = search(model, f"{w}")["hits"]
    assert [h["name"] for h in hits] == \
        [t["full_name"] for t in (by_name, by_title, by_text, by_parameter)]
    why = [h["why"] for h in hits]
    assert [[x["field"] for x in each] for each in why] == \
        [["name"], ["title"], ["description"], ["parameters"]]
    assert [each[0]["matches"] for each in why] == [[w], [w.upper()], [w], [w]]
    assert why[1][0]["snippet"] == f"Ordinary {w.upper()}"
    assert f"a {w}, then" in why[2][0]["snippet"]
    assert hits[1]["title"] == f"Ordinary {w.upper()}" and hits[0]["title"] is None
    assert hits[2]["description"] == f"Adds a {w}, then some more."
    # What a caller needs to know, and no more.
    assert set(hits[0]) == {"name", "kind", "title", "description", "why", "input_schema"}
    # And it can be called by what it says.
    called = model.call(hits[3]["name"], {f"the_{w}": 7})
    assert called["content"][0]["text"] == "7"


def test_markup_stays_text(house, model):
    w = word()
    doc = f"<script>alert(1)</script> <b>{w}</b> &amp; \\x02{w}\\x03"
    made = live(house, title=f"<img src=x onerror=alert(1)> {w}", description=doc)
    (hit,) = search(model, w)["hits"]
    assert hit["name"] == made["full_name"] and hit["description"] == doc
    for why in hit["why"]:
        source = {"title": hit["title"], "description": doc}[why["field"]]
        # A piece of what is there, with nothing added to it.
        assert why["snippet"] in source or why["snippet"].strip(" .") in source, why
        assert set(why["matches"]) == {w}


def test_schemas_on_request(house, model):
    w = word()
    live(house, doc=f"Has {w}.", parameter="number")
    assert search(model, w)["hits"][0]["input_schema"] is None
    schema = search(model, w, schemas=True)["hits"][0]["input_schema"]
    assert schema["properties"]["number"]["type"] == "integer"


def test_pages(house, model):
    w = word()
    server = house.server()
    made = []
    for n in range(5):
        t = tool(house, server, name=f"{w[:8]}_{n}", doc=f"Number {n} of {w}.")
        house.decide(t).expect(200)
        made.append(t["full_name"])
    house.post(f"/api/servers/{server['id']}/start").expect(200)
    got, cursor = [], {}
    for _ in range(3):
        page = search(model, w, limit=2, **cursor)
        got += [h["name"] for h in page["hits"]]
        cursor = {"cursor": page["next_cursor"]}
    assert got == made and page["next_cursor"] is None
    first = search(model, w, limit=2)["next_cursor"]
    assert "cursor" in search(model, w + " else", cursor=first)  # other words
    assert "is not of this search" in search(model, w + " else", cursor=first)
    assert "is not of this search" in search(model, w, cursor=first[:-2])
    assert "is not of this search" in search(model, w, cursor="x")


@pytest.mark.parametrize("arguments, says", [
    ({}, "/search: is required"),
    ({"search": ""}, "/search"),
    ({"search": "x" * 201}, "/search"),
    ({"search": 7}, "/search"),
    ({"search": "a", "limit": 0}, "/limit"),
    ({"search": "a", "limit": 51}, "/limit"),
    ({"search": "a", "callable": False}, "/callable"),  # not a model's to say
    ({"search": "a", "more": 1}, "/more"),
])
def test_wrong_arguments(model, arguments, says):
    result = model.call("mcpbox_search_tools", arguments)
    assert result["isError"] and says in result["content"][0]["text"]


@pytest.mark.parametrize("text", ["'", "\\", "a:*b", "!", "(((", "a & | b", "<->", "%_%", "$1",
                                  "\U0001f600", "ä ö", "--", "select 1; drop table x"])
def test_any_text_is_a_question(model, text):
    assert isinstance(search(model, text)["hits"], list)


def test_it_is_described(model):
    (entry,) = [t for t in model.tools() if t["name"] == "mcpbox_search_tools"]
    assert entry["annotations"]["readOnlyHint"]
    assert set(entry["inputSchema"]["properties"]) == {"search", "limit", "cursor", "schemas", "kind"}
    assert "mcpbox_find_tools" not in [t["name"] for t in model.tools()]


# --- a person ----------------------------------------------------------------------

def test_a_person_finds_everything(house, as_role, model):
    w = word()
    draft = tool(house, doc=f"One {w}.")
    ready = live(house, doc=f"Two {w}.")
    assert found(model, w) == [ready["full_name"]]
    for role in ("viewer", "operator", "reviewer", "admin"):
        hits = find(as_role(role), search=w).expect(200)["hits"]
        assert {h["tool_id"] for h in hits} == {draft["id"], ready["id"]}
    by_id = {h["tool_id"]: h for h in hits}
    assert by_id[draft["id"]]["approval_status"] == "draft"
    assert not by_id[draft["id"]]["callable"] and by_id[ready["id"]]["callable"]
    assert by_id[ready["id"]]["server_name"] == ready["server"]["name"]
    hits = find(as_role("viewer"), search=w, callable="true").expect(200)["hits"]
    assert [h["tool_id"] for h in hits] == [ready["id"]]


def test_a_cursor_is_of_its_caller(house, as_role):
    w = word()
    for n in range(2):
        tool(house, doc=f"{n} {w}.")
    page = find(as_role("viewer"), search=w, limit=1).expect(200)
    cursor = page["next_cursor"]
    find(as_role("viewer"), search=w, limit=1, cursor=cursor).expect(200)
    answer = find(as_role("reviewer"), search=w, limit=1, cursor=cursor)
    answer.expect(422, "invalid")
    assert answer.pointers == ["/cursor"]
    find(as_role("viewer"), search=w, callable="true", cursor=cursor).expect(422, "invalid")


def test_who_may_and_how(anyone, admin, url):
    anyone.get("/api/tools?search=a").expect(401)
    for query, pointer in (("", "/search"), ("search=", "/search"), ("search=a&limit=x", "/limit"),
                           ("search=a&nonsense=1", "/nonsense")):
        answer = admin.get(f"/api/tools?{query}")
        answer.expect(422, "invalid")
        assert pointer in answer.pointers
    assert Client(url).post("/api/tools?search=a", {}).status == 405
