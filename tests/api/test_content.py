"""Content that a tool makes itself: blocks arrive as MCP's, not as JSON text."""

import json

import pytest

from harness.mcp import McpClient
from house import House

BLOCKS = '''async def main():
    """All kinds of blocks."""
    return [
        mcp.text("hello"),
        mcp.image(b"\\x89PNG", "image/png"),
        mcp.audio(b"RIFF", "audio/wav"),
        mcp.resource_link("https://example.org/a", name="a"),
        mcp.resource("test://r", text="inside", mime="text/plain"),
    ]
'''
STRUCTURED = '''async def main(bad: bool = False):
    """Text for people, a value for programs."""
    return mcp.result("four", structured={"n": 4}, is_error=bad)
'''
LOOKALIKE = '''async def main() -> dict:
    """A plain value that looks like content."""
    return {"content": [{"type": "text", "text": "x"}], "isError": True}
'''
LEAK = '''async def main():
    """Tells its secret in a block."""
    return [mcp.text("key: " + secrets["BLOCK_KEY"])]
'''


@pytest.fixture(scope="module")
def house(bearer, credentials):
    return House(bearer(credentials[0]))


@pytest.fixture(scope="module")
def server(house):
    return house.server()


@pytest.fixture
def call(house, server, gateway_url):
    client = McpClient(gateway_url)

    def run(code, arguments=None, **fields):
        tool = house.live(server, python_code=code, **fields)
        return client.call(f"{server['name']}__{tool['name']}", arguments)

    yield run
    client.close()


def test_every_block_arrives(call):
    result = call(BLOCKS)
    assert not result.get("isError") and "structuredContent" not in result
    kinds = [b["type"] for b in result["content"]]
    assert kinds == ["text", "image", "audio", "resource_link", "resource"]
    assert result["content"][1]["data"] == "iVBORw=="
    assert result["content"][4]["resource"]["text"] == "inside"


def test_structured_beside_text(call):
    result = call(STRUCTURED)
    assert result["content"] == [{"type": "text", "text": "four"}]
    assert result["structuredContent"] == {"n": 4} and not result.get("isError")


def test_the_tool_says_error(call):
    result = call(STRUCTURED, {"bad": True})
    assert result["isError"] is True and result["content"][0]["text"] == "four"
    assert result["_meta"]["mcpbox/outcome"] == "tool_error"


def test_a_value_that_looks_like_it_is_a_value(call):
    result = call(LOOKALIKE)
    assert not result.get("isError")
    assert json.loads(result["content"][0]["text"])["isError"] is True


def test_secrets_are_taken_out_of_blocks(call, house, server):
    house.secret(server, "BLOCK_KEY", "block-canary-77")
    result = call(LEAK, secret_names=["BLOCK_KEY"])
    assert result["content"][0]["text"] == "key: [secret BLOCK_KEY]"


def test_a_test_shows_all_of_it(house, server):
    tool = house.tool(server, python_code=STRUCTURED)
    shown = house.post("/api/tools/test-code", {"tool_id": tool["id"]}).expect(200)
    assert shown["success"] is True
    assert shown["result"]["structuredContent"] == {"n": 4}
