"""Servers and tools made over the API, approved like any other."""

ADD = '''async def main(a: int, b: int = 1) -> dict:
    """Add two numbers."""
    return {"sum": a + b}
'''

SLEEP = '''import asyncio

async def main(seconds: float) -> dict:
    """Wait, then answer."""
    await asyncio.sleep(seconds)
    return {"slept": seconds}
'''


def ok(answer, *statuses):
    status, body = answer
    assert status in (statuses or (200, 201, 204)), (status, body)
    return body


def approve(inst, auth, tool_id):
    """Approves what is current, as a reviewer does: by digest."""
    seen = ok(inst.request("GET", f"/api/approvals/tools/{tool_id}", headers=auth))
    return ok(inst.request("POST", f"/api/approvals/tools/{tool_id}/action", {
        "action": "approve", "version": seen["current_version"], "digest": seen["digest"],
        "powers_digest": seen["powers_digest"]}, auth))


def server(inst, auth, name):
    return ok(inst.request("POST", "/api/servers", {"name": name}, auth))


def tool(inst, auth, server_id, name, code, **fields):
    return ok(inst.request("POST", f"/api/servers/{server_id}/tools",
                           {"name": name, "python_code": code, **fields}, auth))


def live_server(inst, auth, name, tools):
    """A started server whose {name: code} tools are all approved."""
    made = server(inst, auth, name)
    for tool_name, code in tools.items():
        t = tool(inst, auth, made["id"], tool_name, code)
        ok(inst.request("POST", f"/api/tools/{t['id']}/request-publish", {}, auth))
        approve(inst, auth, t["id"])
    ok(inst.request("POST", f"/api/servers/{made['id']}/start", {}, auth))
    return made
