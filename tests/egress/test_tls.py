"""TLS: certificates good and bad, versions, HTTP/2."""

import json
import os
import shutil
import socket
import ssl
import uuid

import certs
import pytest
import web
from net import PUBLIC, PUBLIC2, PUBLIC6

NAMES = ["good.test", "other.test", "expired.test", "early.test", "wrong.test", "unknown.test",
         "self.test"]


@pytest.fixture
def peer(egress, world):
    with egress.peer(*(f"{n}:*" for n in NAMES), f"{PUBLIC}:443", f"{PUBLIC2}:443",
                     f"[{PUBLIC6}]:443", env=str(uuid.uuid4())) as p:
        yield p


def test_good(peer, world):
    a = peer.fetch("https://good.test/hello")
    assert (a.end, a.status, a.version, a.body) == ("ok", 200, "HTTP/1.1", b"hello /hello")


@pytest.mark.parametrize("host", [PUBLIC, f"[{PUBLIC6}]"])
def test_certificate_for_an_address(peer, host):
    assert peer.fetch(f"https://{host}/").end == "ok"


@pytest.mark.parametrize("host, why", [
    ("expired.test", "has expired"), ("early.test", "not valid yet"),
    ("wrong.test", "another name"), (PUBLIC2, "another name"),
    ("unknown.test", "not trusted"), ("self.test", "signed by nobody but itself")])
def test_bad_certificates(peer, world, host, why):
    a = peer.fetch(f"https://{host}/", headers={"Authorization": "secret"})
    assert a.end == "tls_failed" and why in a.message, a
    assert a.record["decision"] == "allowed" and a.status is None
    assert world.tls.requests == []


def test_a_bad_certificate_stays_bad(peer, world):
    """A good connection of the same server does not make it good."""
    assert peer.fetch("https://good.test/").end == "ok"
    for _ in range(2):
        assert peer.fetch("https://wrong.test/").end == "tls_failed"


def test_old_tls(peer, world):
    a = peer.fetch("https://good.test:9443/")
    assert a.end == "tls_failed" and "does not agree on TLS: " in a.message, a


def test_plain_http_on_a_tls_port(peer, world):
    a = peer.fetch("https://good.test:80/")
    assert a.end == "tls_failed", a


def test_tls_on_a_plain_port(peer, world):
    a = peer.fetch("http://good.test:443/")
    assert a.end == "protocol_error", a


def test_handshake_that_never_ends(net, peer, world):
    silent = net.inside_of(net.world, lambda: socket.create_server(("0.0.0.0", 6443)))
    with silent:
        a = peer.fetch("https://good.test:6443/", connect=0.4)
        assert a.end == "connect_timeout", a


def test_server_name_is_the_one_spelling(peer, world):
    a = peer.fetch("https://GOOD.Test./echo")
    assert a.end == "ok"
    assert ["Host", "good.test"] in json.loads(a.body)["headers"]


def test_environment_cannot_add_trust(make_egress, world):
    """Nor make it write its keys to a file."""
    env = {"SSL_CERT_FILE": world.stranger.cert, "CURL_CA_BUNDLE": world.stranger.cert,
           "SSL_CERT_DIR": "/tmp", "SSLKEYLOGFILE": "/tmp/mcpbox-egress-keys", "OPENSSL_CONF": "/x"}
    with make_egress(env=env) as e, e.peer("unknown.test:443", "good.test:443") as p:
        assert p.fetch("https://unknown.test/").end == "tls_failed"
        assert p.fetch("https://good.test/").end == "ok"
    assert not os.path.exists("/tmp/mcpbox-egress-keys")


@pytest.mark.parametrize("path", ["/nonexistent", "/etc/shadow"])
def test_bundle_that_cannot_be_read(make_egress, path):
    with pytest.raises(AssertionError) as e:
        make_egress(egress_ca_bundle=path)
    assert "MCPBOX_EGRESS_CA_BUNDLE" in str(e.value)


def test_folder_of_authorities(make_egress, world, folder):
    path = os.path.join(folder, "authorities")
    os.mkdir(path)
    shutil.copy(world.ca.cert, path)
    certs.openssl("rehash", path)
    with make_egress(egress_ca_bundle=path) as e, \
            e.peer("good.test:443", "unknown.test:443", "wrong.test:443") as p:
        assert p.fetch("https://good.test/").end == "ok"
        assert p.fetch("https://unknown.test/").end == "tls_failed"
        assert p.fetch("https://wrong.test/").end == "tls_failed"


def test_bundle_of_the_system(make_egress, world):
    """Ours is not in it, so ours is refused: the default is used."""
    with make_egress(egress_ca_bundle=None) as e, e.peer("good.test:443") as p:
        a = p.fetch("https://good.test/")
        assert a.end == "tls_failed" and "not trusted" in a.message


# --- HTTP/2 ----------------------------------------------------------------------

def test_http2(peer, world):
    a = peer.fetch("https://good.test:8443/x?y", headers={"X-One": "1"})
    assert (a.end, a.status, a.version) == ("ok", 200, "HTTP/2")
    got = dict(json.loads(a.body)["headers"])
    assert got[":path"] == "/x?y" and got["x-one"] == "1"
    assert got[":authority"] == "good.test:8443"


def test_http2_connection_is_used_again(peer, world):
    seen = {peer.fetch("https://good.test:8443/").header("x-connection") for _ in range(5)}
    assert len(seen) == 1 and len(world.h2.connections) == 1


def test_http2_reset(peer, world):
    assert peer.fetch("https://good.test:8443/h2-reset").end == "protocol_error"


def test_http2_too_many_headers(peer, world):
    a = peer.fetch("https://good.test:8443/h2-headers")
    assert a.end == "protocol_error" and "too many headers" in a.message


def test_no_http2_without_tls(peer, world):
    a = peer.fetch("http://good.test/echo")
    assert a.version == "HTTP/1.1"
    assert not [k for k, _ in json.loads(a.body)["headers"] if k.lower() == "upgrade"]


def test_client_has_no_certificate(net, world, egress, folder):
    """A server that asks for one gets none."""
    context = certs.context(*world.pairs["good.test"])
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(world.ca.cert)
    net.inside_of(net.world, lambda: web.Server(7443, context))
    with egress.peer("good.test:7443") as p:
        assert p.fetch("https://good.test:7443/").end in ("tls_failed", "protocol_error")
