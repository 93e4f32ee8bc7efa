"""What bounds a run comes with its code, in the statement that fetches it."""

import secrets

import pytest

from client import psql
from harness.mcp import McpClient
from house import House

PRINT = '''async def main(n: int):
    """Print."""
    print("x" * n)
    return "y" * n
'''


@pytest.fixture
def house(admin):
    return House(admin)


@pytest.fixture
def model(gateway_url):
    client = McpClient(gateway_url)
    yield client
    client.close()


def limit(server, tool=None, **values):
    psql(f"""INSERT INTO limit_set (server_id, tool_id, updated_by, {', '.join(values)})
        VALUES ('{server['id']}', {f"'{tool['id']}'" if tool else 'NULL'}, 'x',
            {', '.join(map(str, values.values()))})""")


def outcomes(house, model, tool, **arguments):
    """Of a call, a person's test and a model's trial."""
    call = model.call(tool["full_name"], arguments)
    body = {"tool_id": tool["id"], "arguments": arguments}
    test = house.post("/api/tools/test-code", body).expect(200)
    trial = model.call("mcpbox_test_code", body)["structuredContent"]
    assert (test["kind"], trial["kind"]) == ("test", "trial")
    return [call["_meta"]["mcpbox/outcome"], test["outcome"], trial["outcome"]]


def test_own_limits_then_the_servers_then_the_default(house, model):
    server = house.server()
    tool = house.live(server, python_code=PRINT)
    assert outcomes(house, model, tool, n=3000) == 3 * ["result"]
    limit(server, result_kib=2)
    assert "result" not in outcomes(house, model, tool, n=3000)
    limit(server, tool, result_kib=4)
    assert outcomes(house, model, tool, n=3000) == 3 * ["result"]


def test_output_and_memory(house, model):
    server = house.server()
    tool = house.live(server, python_code=PRINT)
    limit(server, tool, output_kib=1)
    seen = model.call(tool["full_name"], {"n": 3000})["_meta"]["mcpbox/output"]
    assert seen.startswith("x" * 1024 + "\n") and "more bytes" in seen
    hungry = house.live(server, python_code=(
        'async def main():\n    """Eat."""\n    return len(bytearray(100 << 20))\n'))
    assert outcomes(house, model, hungry) == 3 * ["result"]
    limit(server, hungry, memory_mib=32)
    assert outcomes(house, model, hungry) == 3 * ["memory_limit"]


def test_processor_time(house, model):
    server = house.server()
    tool = house.live(server, timeout_ms=20000, python_code=(
        'async def main():\n    """Spin."""\n    while True:\n        pass\n'))
    limit(server, cpu_ms=1000)
    assert outcomes(house, model, tool) == 3 * ["cpu_limit"]


def test_the_servers_rate(house, model):
    """Who comes too often is told when to come again, by both doors."""
    server = house.server()
    tool = house.live(server, python_code=PRINT)
    limit(server, rate_per_minute=2)
    answers = [model.call(tool["full_name"], {"n": 1}) for _ in range(5)]
    last = answers[-1]
    assert answers[0]["_meta"]["mcpbox/outcome"] == "result"
    assert last["isError"] and last["_meta"]["mcpbox/outcome"] == "rate_limited"
    seconds = int(last["_meta"]["mcpbox/retry_after"])
    assert 1 <= seconds <= 60
    assert f"Try again in {seconds} second" in last["content"][0]["text"]
    answer = house.client.post("/api/tools/test-code",
                               {"tool_id": tool["id"], "arguments": {"n": 1}})
    assert answer.expect(429, "rate-limited")["detail"].startswith("The run was refused")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


# --- what a tool raised: to who called, who tests, and the log -----------------------

ANSWERED = '''async def main(key: str):
    """Take an answer for an error."""
    url = "https://api.example.com/v1?key=" + key
    request = http.Request("GET", url)
    raise http.HTTPStatusError("the server says no", request=request, response=http.Response(
        429, headers={"retry-after": "30", "set-cookie": key}, request=request,
        content=(key + " " + "x" * 600).encode()))
'''

REFUSED = '''async def main():
    """Import what nobody may."""
    import subprocess
'''


def test_an_http_error_says_what_the_server_said(house, model):
    server, value = house.server(), secrets.token_hex(16)
    house.secret(server, "KEY", value)
    tool = house.live(server, python_code=ANSWERED, secret_names=["KEY"])
    call = model.call(tool["full_name"], {"key": value})
    text = call["content"][0]["text"]
    assert call["isError"] and value not in str(call)
    assert text.startswith("HTTPStatusError: the server says no (line 5)\n"
                           "The server answered 429 to https://api.example.com/v1?key=[secret KEY]\n"
                           "retry-after: 30\n\n[secret KEY] xxx")
    test = house.post("/api/tools/test-code", {
        "tool_id": tool["id"], "arguments": {"key": value}}).expect(200)
    assert test["error"] == text and test["error_rule"] is None
    assert test["error_http"] == {
        "status": 429, "url": "https://api.example.com/v1?key=[secret KEY]",
        "headers": {"retry-after": "30"}, "body": "[secret KEY] " + "x" * (500 - 33)}
    logged = psql("SELECT replace(error, E'\\n', '|') FROM run_log "
                  f"WHERE tool_id = '{tool['id']}'")
    assert logged == 2 * [[text.replace("\n", "|")]]


def test_a_refusal_names_its_rule(house, model):
    tool = house.live(house.server(), python_code=REFUSED)
    call = model.call(tool["full_name"], {})
    assert call["isError"] and "(rule import, line 3)" in call["content"][0]["text"]
    for seen in (house.post("/api/tools/test-code", {"tool_id": tool["id"]}).expect(200),
                 model.call("mcpbox_test_code", {"tool_id": tool["id"]})["structuredContent"]):
        assert (seen["outcome"], seen["error_rule"]) == ("tool_error", "import")
        assert seen["error_http"] is None and seen["error"] == call["content"][0]["text"]
    assert psql(f"SELECT DISTINCT error FROM run_log WHERE tool_id = '{tool['id']}'") == [
        [call["content"][0]["text"]]]
