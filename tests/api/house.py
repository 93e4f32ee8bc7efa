"""Servers and tools for the API tests, each with a name of its own."""

import base64
import hashlib
import secrets

from client import COOKIE, Client, calm, psql

NOBODY = "00000000-0000-0000-0000-000000000000"

ADD = '''async def main(a: int, b: int = 1) -> dict:
    """Add two numbers.

    Args:
        a: the first
    """
    print("adding")
    return {"sum": a + b}
'''


def account(role, like):
    """(name, id) of a new account with the password of the account `like`:
    hashing is slow, and not what is tested."""
    name = f"{role}_{secrets.token_hex(5)}"
    rows = psql(f"INSERT INTO account (username, password_hash, role) SELECT '{name}', "
                f"password_hash, '{role}' FROM account WHERE username = '{like}' RETURNING id")
    return name, rows[0][0]


def enter(url, name):
    """A client with a cookie session of this account, without signing in."""
    raw = secrets.token_bytes(32)
    psql("INSERT INTO session (account_id, kind, cookie_hash, password_version, ip, user_agent, "
         f"expires_at) SELECT id, 'cookie', '\\x{hashlib.sha256(raw).hexdigest()}', "
         "password_version, '127.0.0.1', 'test', now() + interval '1 hour' FROM account "
         f"WHERE username = '{name}'")
    client = Client(url)
    client.jar[COOKIE] = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    client.csrf = calm(lambda: client.get("/auth/session")).expect(200)["csrf"]
    return client


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
