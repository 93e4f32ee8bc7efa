"""Real nginx with the settings that make up writes, in front of responders."""

import gzip
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

from responder import Responder

ROOT = pathlib.Path(__file__).resolve().parents[2]

RENDER = """
set -euo pipefail
PATH="$PATH:/usr/sbin"
for part in say home settings nginx services; do
    . "$ROOT/packaging/lib/$part.sh"
done
HOME_DIR=$MCPBOX_HOME NGINX=/usr/sbin/nginx
settings_load
nginx_settings
"""


class Answer:
    """Status, headers (lower-case name -> list of values) and body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.body = body
        self.headers = {}
        for name, value in headers:
            self.headers.setdefault(name.lower(), []).append(value)

    def one(self, name):
        values = self.headers.get(name.lower(), [])
        assert len(values) == 1, f"{name}: {values}"
        return values[0]

    def json(self):
        return json.loads(self.body)

    def param(self, name):
        """All values of a parameter that reached the responder."""
        return [v for n, v in self.json()["params"] if n == name]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, seconds=15):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.02)


class Nginx:
    def __init__(self, **settings):
        # In /tmp itself: the worker's user must get through.
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="mcpbox-nginx-"))
        os.chmod(self.home, 0o755)
        self.tls = "MCPBOX_TLS_CERT" in settings
        self.admin_port, self.gateway_port = free_port(), free_port()
        self.process = None
        self.make_folder()
        self.render(settings)
        self.admin = Responder(str(self.home / "run/fcgi/admin.sock"), "admin")
        self.gateway = Responder(str(self.home / "run/fcgi/gateway.sock"), "gateway")
        self.start()

    def make_folder(self):
        for name in ("run/nginx/tmp", "run/fcgi", "log", "www/assets"):
            (self.home / name).mkdir(parents=True)
        (self.home / "www/index.html").write_text("<!doctype html><title>p</title>")
        (self.home / "www/theme.js").write_text("// not hashed\n")
        script = b"export const a = 1;\n" * 100
        (self.home / "www/assets/a-1234.js").write_bytes(script)
        (self.home / "www/assets/a-1234.js.gz").write_bytes(gzip.compress(script))
        (self.home / "www/.hidden.txt").write_text("secret")

    def render(self, settings):
        env = {k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_")}
        env |= {
            "ROOT": str(ROOT),
            "MCPBOX_HOME": str(self.home),
            "MCPBOX_LISTEN": f"127.0.0.1:{self.admin_port}",
            "MCPBOX_GATEWAY_LISTEN": f"127.0.0.1:{self.gateway_port}",
            "MCPBOX_NGINX_USER": "www-data",
            **settings,
        }
        done = subprocess.run(
            ["bash", "-c", RENDER], env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        # So that a test of 504 does not take as long as an operation may.
        conf = self.home / "run/nginx/conf/fastcgi_app.conf"
        text = conf.read_text()
        assert "fastcgi_read_timeout 75s;" in text
        conf.write_text(text.replace("read_timeout 75s", "read_timeout 1s"))

    def start(self):
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-e", "stderr", "-p", self.home / "run/nginx/",
             "-c", self.home / "run/nginx/conf/nginx.conf"],
            stderr=open(self.home / "log/nginx-error.log", "a"),
        )
        wait_for("nginx listens", self.listens)

    def listens(self):
        assert self.process.poll() is None, self.error_log()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.admin_port)) == 0

    def error_log(self):
        return (self.home / "log/nginx-error.log").read_text()

    def access_log(self):
        text = (self.home / "log/nginx-access.log").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=15)
        self.admin.close()
        self.gateway.close()
        shutil.rmtree(self.home)

    def ask(self, method, path, body=None, headers=(), gateway=False, host=None):
        """One request; headers are pairs, so that one may come twice."""
        port = self.gateway_port if gateway else self.admin_port
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            conn.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            if host != "":
                conn.putheader("Host", host or f"127.0.0.1:{port}")
            for name, value in headers:
                conn.putheader(name, value)
            if body is not None:
                conn.putheader("Content-Length", str(len(body)))
            conn.endheaders(body)
            got = conn.getresponse()
            return Answer(got.status, got.getheaders(), got.read())
        finally:
            conn.close()

    def raw(self, data, gateway=False):
        """Bytes as they are: a whole request, or one that is refused."""
        port = self.gateway_port if gateway else self.admin_port
        with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
            s.sendall(data)
            got = http.client.HTTPResponse(s)
            got.begin()
            return Answer(got.status, got.getheaders(), got.read())


@pytest.fixture(scope="session")
def nginx():
    n = Nginx()
    yield n
    n.stop()


@pytest.fixture
def own_nginx():
    """A function that starts an nginx of its own with more settings."""
    started = []

    def start(**settings):
        started.append(Nginx(**settings))
        return started[-1]

    yield start
    for n in started:
        n.stop()
