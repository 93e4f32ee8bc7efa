"""Servers and tools for the API tests, each with a name of its own."""

import secrets

from client import calm

NOBODY = "00000000-0000-0000-0000-000000000000"

ADD = '''async def main(a: int, b: int = 1) -> dict:
    """Add two numbers.

    Args:
        a: the first
    """
    print("adding")
    return {"sum": a + b}
'''


class House:
    """Asks as one client, again while it is told to slow down."""

    def __init__(self, client):
        self.client = client

    def ask(self, method, path, body=None):
        return calm(lambda: self.client.request(method, path, body))

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body=None):
        return self.ask("POST", path, body if body is not None else {})

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def patch(self, path, body):
        return self.ask("PATCH", path, body)

    def delete(self, path):
        return self.ask("DELETE", path)

    def server(self, **fields):
        body = {"name": "s" + secrets.token_hex(6), **fields}
        return self.post("/api/servers", body).expect(201)

    def tool(self, server=None, **fields):
        server = server or self.server()
        body = {"name": "t" + secrets.token_hex(6), "python_code": ADD, **fields}
        return self.post(f"/api/servers/{server['id']}/tools", body).expect(201)

    def review(self, tool):
        return self.get(f"/api/approvals/tools/{tool['id']}").expect(200)

    def decide(self, tool, action="approve", seen=None, **fields):
        """As the page does: about what `seen` (a review) showed."""
        seen = seen or self.review(tool)
        return self.post(f"/api/approvals/tools/{tool['id']}/action", {
            "action": action, "version": seen["current_version"], "digest": seen["digest"],
            "powers_digest": seen["powers_digest"], **fields})

    def secret(self, server, name, value=None):
        """A place for a secret, filled when there is a value."""
        at = f"/api/servers/{server['id']}/secrets"
        made = self.post(at, {"key_name": name}).expect(201)
        if value is None:
            return made
        return self.put(f"{at}/{name}", {"value": value}).expect(200)

    def live(self, server, **fields):
        """An approved tool of a running server."""
        tool = self.approved(server=server, **fields)
        self.post(f"/api/servers/{server['id']}/start")
        return tool

    def approved(self, **fields):
        tool = self.tool(**fields)
        self.decide(tool).expect(200)
        return self.get(f"/api/tools/{tool['id']}").expect(200)
