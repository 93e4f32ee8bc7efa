"""A small HTTP client for the API tests: tokens, cookies, CSRF, problems.

    c = Client(URL)
    c.sign_in("admin", PASSWORD)          # cookie session, CSRF sent by itself
    c.login("admin", PASSWORD)            # or: bearer tokens
    c.post("/api/servers", {"name": "x"}).expect(201)["id"]
    c.get("/api/servers/nope").problem    # "invalid", "not-found", ...

Standard library only.  The instance is described by the environment:
MCPBOX_TEST_URL, MCPBOX_TEST_GATEWAY_URL, MCPBOX_TEST_HOME, MCPBOX_TEST_ADMIN,
MCPBOX_TEST_PASSWORD.
"""

import http.client
import json
import os
import subprocess
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

PROBLEM = "urn:mcpbox:problem:"
COOKIE = "mcpbox_session"


class Answer:
    def __init__(self, method, path, status, headers, raw):
        self.asked = f"{method} {path}"
        self.status = status
        self.headers = headers
        self.raw = raw
        self.type = headers.get("Content-Type", "").split(";")[0]

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def problem(self):
        """Slug of an RFC 9457 problem, None for any other answer."""
        if self.type != "application/problem+json":
            return None
        assert self.json["type"].startswith(PROBLEM), self.json
        assert self.json["status"] == self.status, self.json
        return self.json["type"][len(PROBLEM):]

    @property
    def turned_away(self):
        """Not looked at: no free slot for hashing, or nginx's own limit (a
        back-off of ours has another sentence)."""
        return self.status == 503 or (
            self.status == 429 and self.json["detail"].startswith("Too many requests"))

    @property
    def pointers(self):
        return sorted(e["pointer"] for e in self.json.get("errors", []))

    def expect(self, status, problem=None):
        """The body, after asserting how it went."""
        assert self.status == status, f"{self.asked}: {self.status}, not {status}: {self.raw!r}"
        assert problem is None or self.problem == problem, f"{self.asked}: {self.raw!r}"
        return self.json if self.raw and self.type.endswith("json") else None

    def cookies(self):
        """{name: (value, {attribute: value})} of Set-Cookie."""
        found = {}
        for line in self.headers.get_all("Set-Cookie") or []:
            first, *rest = [part.strip() for part in line.split(";")]
            name, _, value = first.partition("=")
            found[name] = (value, {k.lower(): v for k, _, v in
                                   (part.partition("=") for part in rest)})
        return found

    def __repr__(self):
        return f"<{self.asked}: {self.status} {self.raw[:200]!r}>"


class Client:
    """One caller.  Not for several threads at once: make one for each.
    `source`: the address it comes from, such as 127.0.0.2."""

    def __init__(self, url=None, source=None):
        self.url = url or os.environ["MCPBOX_TEST_URL"]
        self.source = (source, 0) if source else None
        self.jar = {}
        self.csrf = None
        self.tokens = None

    def request(self, method, path, body=None, headers=None, raw=None, timeout=60):
        """`headers` may be a dict or a list of pairs; a value of None takes a
        header away that would be sent by itself."""
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
        given = {name.lower() for name, _ in pairs}
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        own = []
        if data is not None:
            own.append(("Content-Type", "application/json"))
        if self.tokens:
            own.append(("Authorization", f"Bearer {self.tokens['access_token']}"))
        if self.jar:
            own.append(("Cookie", "; ".join(f"{k}={v}" for k, v in self.jar.items())))
        if self.csrf and method not in ("GET", "HEAD"):
            own.append(("X-CSRF-Token", self.csrf))
        pairs += [(k, v) for k, v in own if k.lower() not in given]

        where = urllib.parse.urlsplit(self.url)
        conn = http.client.HTTPConnection(where.hostname, where.port, timeout=timeout,
                                          source_address=self.source)
        try:
            conn.putrequest(method, path, skip_host="host" in given)
            for name, value in pairs:
                if value is not None:
                    conn.putheader(name, value)
            if data is not None or method in ("POST", "PUT", "PATCH"):
                conn.putheader("Content-Length", str(len(data or b"")))
            conn.endheaders(data)
            res = conn.getresponse()
            answer = Answer(method, path, res.status, res.headers, res.read())
        finally:
            conn.close()
        for name, (value, attributes) in answer.cookies().items():
            if attributes.get("max-age") == "0":
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
        return answer

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, body=None, **kw):
        return self.request("POST", path, body, **kw)

    def put(self, path, body=None, **kw):
        return self.request("PUT", path, body, **kw)

    def patch(self, path, body=None, **kw):
        return self.request("PATCH", path, body, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)

    # --- signing in ---------------------------------------------------------

    def _retry_busy(self, path, body):
        """Signing in may be told to come back; that is not what is tested."""
        deadline = time.monotonic() + 60
        while True:
            answer = self.post(path, body)
            if answer.status not in (429, 503) or time.monotonic() > deadline:
                return answer
            time.sleep(min(float(answer.headers["Retry-After"] or 1), 5))

    def login(self, username, password):
        """Bearer tokens from now on."""
        body = {"username": username, "password": password}
        self.tokens = self._retry_busy("/auth/login", body).expect(200)
        return self

    def sign_in(self, username, password):
        """A cookie session from now on."""
        body = {"username": username, "password": password}
        self.csrf = self._retry_busy("/auth/session", body).expect(200)["csrf"]
        return self

    def clone(self):
        """The same credential, for another thread."""
        other = Client(self.url)
        other.jar = dict(self.jar)
        other.csrf = self.csrf
        other.tokens = dict(self.tokens) if self.tokens else None
        return other


def parallel(n, call):
    """call(0..n-1) in n threads; the results in order."""
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(call, range(n)))


def wait_for(what, condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)


def calm(ask):
    """The first answer of ask() that was not turned away."""
    return wait_for("being looked at", lambda: not (a := ask()).turned_away and a)


class SqlError(Exception):
    pass


def psql(sql, role="admin"):
    """Rows of text columns, asked as one of our login roles."""
    home = os.environ["MCPBOX_TEST_HOME"]
    with open(os.path.join(home, "secrets", f"db-{role}.pw")) as f:
        password = f.read().strip()
    done = subprocess.run(
        ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1",
         "-h", os.path.join(home, "run", "pg"), "-U", f"mcpbox_{role}", "mcpbox"],
        input=f"SET search_path = mcpbox;\n{sql}\n", text=True,
        env={**os.environ, "PGPASSWORD": password}, timeout=60,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise SqlError(done.stderr.strip())
    return [line.split("\t") for line in done.stdout.splitlines()]


def audit_rows(operation):
    """Of the audit trail, oldest first: actor, target id, after."""
    rows = psql(f"SELECT actor, coalesce(target_id, ''), coalesce(after::text, '') FROM audit "
                f"WHERE operation = '{operation}' ORDER BY seq")
    return [(actor, target, json.loads(after) if after else None)
            for actor, target, after in rows]
