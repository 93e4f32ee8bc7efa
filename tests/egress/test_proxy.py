"""Proxies: those of the environment are ignored, that of the setting is used."""

import base64
import uuid

import pytest
import web
from net import DNS, PRIVATE, PUBLIC, PUBLIC6

PORT = 3128
U = "http://good.test/hello"


@pytest.fixture(scope="module")
def proxy(net, the_world):
    return net.inside_of(net.world, lambda: web.Proxy(
        PRIVATE, PORT, resolve={"good.test": PUBLIC, "hidden.test": PUBLIC}))


@pytest.fixture(autouse=True)
def fresh(proxy, world):
    proxy.asked.clear()
    proxy.auth = None


@pytest.mark.parametrize("names", [
    ["http_proxy"], ["HTTP_PROXY"], ["https_proxy"], ["HTTPS_PROXY"], ["all_proxy"], ["ALL_PROXY"],
    ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]])
def test_environment_is_ignored(make_egress, world, proxy, names):
    env = {n: f"http://{PRIVATE}:{PORT}" for n in names}
    with make_egress(env=env) as e, e.peer("good.test:*") as p:
        assert p.fetch(U).end == "ok" and p.fetch("https://good.test/").end == "ok"
    assert proxy.asked == [] and world.reached() == [PUBLIC, PUBLIC]


@pytest.fixture(scope="module")
def proxied(make_egress, proxy):
    """Names are looked up here, the proxy gets addresses."""
    with make_egress(egress_proxy=f"http://{PRIVATE}:{PORT}") as e:
        yield e


def peer(e, *grants):
    return e.peer(*grants, env=str(uuid.uuid4()))


def test_plain(proxied, world, proxy):
    with peer(proxied, "good.test:80") as p:
        a = p.fetch(U)
        assert (a.end, a.body) == ("ok", b"hello /hello"), a
    assert proxy.asked == [f"CONNECT {PUBLIC}:80 HTTP/1.1"]
    assert world.web.requests[-1].header("host") == "good.test"


def test_tls(proxied, world, proxy):
    with peer(proxied, "good.test:443", "wrong.test:443") as p:
        assert p.fetch("https://good.test/").end == "ok"
        assert p.fetch("https://wrong.test/").end == "tls_failed"
    assert proxy.asked[0] == f"CONNECT {PUBLIC}:443 HTTP/1.1"


@pytest.mark.parametrize("name, addresses", [
    ("bad.test", ["127.0.0.1"]), ("bad.test", [PUBLIC, PRIVATE]), ("bad.test", ["169.254.169.254"])])
def test_addresses_are_judged_all_the_same(proxied, world, proxy, name, addresses):
    world.dns.set(name, addresses)
    with peer(proxied, f"{name}:80") as p:
        assert p.fetch(f"http://{name}/").end == "address_refused"
    assert proxy.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "[::1]", "169.254.169.254"])
def test_literals_are_judged_all_the_same(proxied, proxy, host):
    with peer(proxied, "private 127.0.0.1:*", "private [::1]:*",
              "private 169.254.169.254:*") as p:
        assert p.fetch(f"http://{host}/").end == "address_refused"
    assert proxy.asked == []


def test_rebinding_gains_nothing(proxied, world, proxy):
    """The proxy gets the address that was judged, whatever the name says next."""
    world.dns.set("flip.test", [PUBLIC], ["127.0.0.1"])
    with peer(proxied, "flip.test:80") as p:
        assert p.fetch("http://flip.test/").end == "ok"
        assert p.fetch("http://flip.test/").end == "address_refused"
    assert proxy.asked == [f"CONNECT {PUBLIC}:80 HTTP/1.1"]


def test_the_proxy_itself_is_not_granted(proxied, world, proxy):
    with peer(proxied, f"{PRIVATE}:{PORT}") as p:
        assert p.fetch(f"http://{PRIVATE}:{PORT}/").end == "address_refused"
    assert proxy.asked == []


def test_address_literals(proxied, world, proxy):
    with peer(proxied, f"{PUBLIC}:80", f"[{PUBLIC6}]:443") as p:
        assert p.fetch(f"http://{PUBLIC}/").end == "ok"
        assert p.fetch(f"https://[{PUBLIC6}]/").end == "ok"
    assert proxy.asked == [f"GET http://{PUBLIC}/ HTTP/1.1", f"CONNECT [{PUBLIC6}]:443 HTTP/1.1"]


def test_names_left_to_the_proxy(make_egress, world, proxy):
    with make_egress(egress_proxy=f"http://{PRIVATE}:{PORT}", egress_proxy_names="proxy") as e, \
            peer(e, "hidden.test:80", "good.test:443", "private 127.0.0.1:80") as p:
        assert p.fetch("http://hidden.test/x").end == "ok"
        assert p.fetch("https://good.test/").end == "ok"
        assert p.fetch("http://other.test/").end == "not_granted"
        # What can be known without looking up is still known.
        assert p.fetch("http://127.0.0.1/").end == "address_refused"
    assert world.dns.questions == []
    assert proxy.asked == ["GET http://hidden.test/x HTTP/1.1", "CONNECT good.test:443 HTTP/1.1"]


def test_password(make_egress, world, proxy):
    proxy.auth = "Basic " + base64.b64encode(b"user:p@ss w").decode()
    with make_egress(egress_proxy=f"http://user:p%40ss%20w@{PRIVATE}:{PORT}") as e:
        with peer(e, "good.test:80") as p:
            a = p.fetch(U, headers={"Authorization": "mine"})
            assert a.end == "ok"
        text = e.text()
        assert "p@ss" not in text and "p%40ss" not in text
    assert world.web.requests[-1].header("authorization") == "mine"
    assert world.web.requests[-1].header("proxy-authorization") is None


def test_wrong_password(make_egress, world, proxy):
    proxy.auth = "Basic x"
    with make_egress(egress_proxy=f"http://user:no@{PRIVATE}:{PORT}") as e, \
            peer(e, "good.test:*") as p:
        a = p.fetch("https://good.test/")
        assert a.end in ("connect_failed", "protocol_error") and a.status is None, a
    assert world.reached() == []


def test_proxy_that_is_not_there(make_egress, world):
    with make_egress(egress_proxy=f"http://{PRIVATE}:3129") as e, peer(e, "good.test:80") as p:
        assert p.fetch(U).end == "connect_failed"


def test_proxy_by_name(make_egress, world, proxy):
    world.dns.set("proxy.test", [PRIVATE])
    with make_egress(egress_proxy=f"http://proxy.test:{PORT}") as e, peer(e, "good.test:80") as p:
        assert p.fetch(U).end == "ok"
    assert proxy.asked == [f"CONNECT {PUBLIC}:80 HTTP/1.1"]
    assert DNS not in world.reached()


@pytest.mark.parametrize("value", ["nonsense", "ftp://x:1", "socks5://x:1", "http://x",
                                   "http://:80", "http://x:0"])
def test_bad_settings(make_egress, value):
    with pytest.raises(AssertionError) as e:
        make_egress(egress_proxy=value)
    assert "MCPBOX_EGRESS_PROXY" in str(e.value)
