"""Who may do what: one table, made from the operations themselves, walked
through every door, and compared with the copy that was reviewed.

A change of a permission shows as a difference in permissions.tsv; after
looking at it: build/release/mcpbox-fcgi --permissions >tests/api/permissions.tsv
"""

import os
import re
import secrets
import subprocess

import pytest

from client import Client, calm
from harness.instance import ROOT
from harness.mcp import McpClient

NOBODY = "00000000-0000-0000-0000-000000000000"
REVIEWED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "permissions.tsv")
PROGRAM = os.path.join(ROOT, "build", os.environ.get("MCPBOX_TEST_BUILD", "release"),
                       "mcpbox-fcgi")
ROLES = ("viewer", "operator", "reviewer", "admin")
SCOPES = ("reader", "caller", "author")


def rows():
    with open(REVIEWED) as f:
        head, *lines = f.read().splitlines()
    names = head.split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines]


TABLE = rows()


def test_table_is_the_reviewed_one():
    printed = subprocess.run([PROGRAM, "--permissions"], text=True, timeout=60,
                             stdout=subprocess.PIPE, check=True).stdout
    with open(REVIEWED) as f:
        assert f.read() == printed, "look at the difference, then renew tests/api/permissions.tsv"


def test_table_says_what_the_document_says(anyone):
    """What clients are told is needed is what is asked for."""
    document = anyone.get("/api/openapi.json").expect(200)
    told = {op["operationId"]: (f"{method.upper()} {path}", op["x-mcpbox-permission"])
            for path, methods in document["paths"].items() for method, op in methods.items()}
    assert told == {r["operation"]: (r["route"], r["needs"]) for r in TABLE if r["route"] != "-"}


def test_models_never_decide():
    for row in TABLE:
        if row["needs"] in ("decide", "admin", "self"):
            assert [row[c] for c in (*SCOPES, "local")] == ["-"] * 4, row["operation"]


@pytest.fixture(scope="module")
def tokens(url, credentials):
    """An API token for each scope, and one with a role, of an admin."""
    admin = Client(url).login(*credentials)

    def make(**what):
        return calm(lambda: admin.post("/auth/tokens", {
            "name": "t" + secrets.token_hex(6), **what})).expect(201)["token"]
    made = {scope: make(scopes=[scope]) for scope in SCOPES}
    made["admin_token"] = make(role="admin")
    return made


def knock(client, route):
    """Asks for the operation in a way that it refuses after the permission:
    no operation has a parameter of this name."""
    method, path = route.split(" ")
    path = path.replace("{version}", "1").replace("{key_name}", "K")
    path = re.sub(r"\{[a-z_]+\}", NOBODY, path)
    if method in ("GET", "DELETE"):
        return calm(lambda: client.request(method, path + "?no_such_parameter=1"))
    return calm(lambda: client.request(method, path, {"no_such_member": 1}))


def caller(url, column, as_role, tokens):
    if column == "anonymous":
        return Client(url)
    if column in ROLES:
        return as_role(column)
    client = Client(url)
    client.tokens = {"access_token": tokens[column]}
    return client


@pytest.mark.parametrize("column", ["anonymous", *ROLES, "admin_token"])
def test_F1_every_route_and_every_caller(url, as_role, tokens, column):
    client = caller(url, column, as_role, tokens)
    # From an address of its own: the limits by address are not what is tested.
    client.source = (f"127.0.4.{1 + len(column)}", 0)
    wrong = []
    for row in TABLE:
        if row["route"] == "-":
            continue
        answer = knock(client, row["route"])
        refused = 401 if column == "anonymous" else 403
        expected = 422 if row[column] == "yes" else refused
        if answer.status != expected:
            wrong.append((row["route"], row[column], answer.status, answer.raw[:200]))
    assert wrong == []


@pytest.mark.parametrize("column", [*SCOPES, "local"])
def test_W44_every_management_tool_and_every_scope(gateway_url, tokens, column):
    headers = {} if column == "local" else {"Authorization": f"Bearer {tokens[column]}"}
    model = McpClient(gateway_url, headers=headers)
    allowed = {"mcpbox_" + r["operation"] for r in TABLE if r[column] == "yes"}
    listed = {t["name"] for t in model.tools() if t["name"].startswith("mcpbox_")}
    assert listed == allowed
    wrong = []
    for row in TABLE:
        if row[column] == "-":
            continue
        result = model.call("mcpbox_" + row["operation"], {"no_such_member": 1})
        text = result["content"][0]["text"]
        forbidden = "not allowed" in text
        if not result["isError"] or forbidden == (row[column] == "yes"):
            wrong.append((row["operation"], row[column], text))
    assert wrong == []
