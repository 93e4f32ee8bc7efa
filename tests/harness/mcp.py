"""A small modern (2026-07-28) MCP client, for load and chaos.

The official clients run in tests/mcp; this one is for tests that need raw
sockets, many threads, or to see HTTP statuses.
"""

import http.client
import itertools
import json
from urllib.parse import urlsplit

VERSION = "2026-07-28"
_ids = itertools.count(1)


class McpError(Exception):
    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body


class McpClient:
    """One keep-alive connection; not for sharing between threads."""

    def __init__(self, url, timeout=60, headers=None):
        self.parts = urlsplit(url)
        self.timeout = timeout
        self.headers = dict(headers or {})
        self.conn = None

    def close(self):
        if self.conn is not None:
            self.conn.close()
            self.conn = None

    def post(self, message, headers):
        """(status, parsed body); a broken connection raises OSError."""
        if self.conn is None:
            self.conn = http.client.HTTPConnection(
                self.parts.hostname, self.parts.port, timeout=self.timeout)
        try:
            self.conn.request("POST", "/mcp", json.dumps(message).encode(), {
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream",
                **self.headers, **headers})
            res = self.conn.getresponse()
            raw = res.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        try:
            if res.getheader("Content-Type", "").startswith("text/event-stream"):
                # A call that is silent for long becomes a stream; its answer
                # is the last event.
                raw = [line[5:] for line in raw.splitlines() if line.startswith(b"data:")][-1]
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw.decode("utf-8", "replace")
        return res.status, body

    def request(self, method, params=None, name=None):
        params = dict(params or {})
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "harness", "version": "1"},
        }
        headers = {"MCP-Protocol-Version": VERSION, "Mcp-Method": method}
        if name is not None:
            headers["Mcp-Name"] = name
        status, body = self.post(
            {"jsonrpc": "2.0", "id": next(_ids), "method": method, "params": params}, headers)
        if status != 200 or not isinstance(body, dict) or "result" not in body:
            raise McpError(status, body)
        return body["result"]

    def call(self, tool, arguments=None):
        return self.request("tools/call", {"name": tool, "arguments": arguments or {}}, tool)

    def tools(self):
        tools, cursor = [], None
        while True:
            page = self.request("tools/list", {"cursor": cursor} if cursor else {})
            tools += page["tools"]
            cursor = page.get("nextCursor")
            if not cursor:
                return tools
