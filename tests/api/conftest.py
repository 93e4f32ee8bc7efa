"""Fixtures of the API tests.  The runner starts the instance and describes it
in the environment; see client.py."""

import os
import secrets
import sys
import time

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, psql  # noqa: E402


def pytest_collection_modifyitems(config, items):
    if "MCPBOX_TEST_URL" not in os.environ:
        skip = pytest.mark.skip(reason="MCPBOX_TEST_URL is not set: run by tests/run.py")
        for item in items:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def url():
    return os.environ["MCPBOX_TEST_URL"]


@pytest.fixture(scope="session")
def gateway_url():
    return os.environ["MCPBOX_TEST_GATEWAY_URL"]


@pytest.fixture(scope="session")
def home():
    return os.environ["MCPBOX_TEST_HOME"]


@pytest.fixture(scope="session")
def credentials():
    """(username, password) of the first account."""
    return os.environ["MCPBOX_TEST_ADMIN"], os.environ["MCPBOX_TEST_PASSWORD"]


@pytest.fixture
def anyone(url):
    """A caller without a credential."""
    return Client(url)


@pytest.fixture(scope="session")
def bearer(url, credentials):
    """bearer(username) -> a client with a token pair that others use too, so
    don't log it out.  Renewed long before an access token ends."""
    held = {}

    def get(username):
        client, since = held.get(username, (None, 0))
        if time.monotonic() - since > 300:
            client = Client(url).login(username, credentials[1])
            held[username] = client, time.monotonic()
        return client.clone()

    get.forget = held.clear  # when another key signs from now on
    return get


@pytest.fixture
def admin(bearer, credentials):
    """The first account with a bearer token."""
    return bearer(credentials[0])


@pytest.fixture
def page(url, credentials):
    """The first account with a cookie session of its own, as the page has."""
    return Client(url).sign_in(*credentials)


@pytest.fixture(scope="session")
def make_account(credentials):
    """make_account("reviewer") -> username.  Its password is the first
    account's: there is no operation yet that makes a second one."""
    def make(role):
        name = f"{role}_{secrets.token_hex(4)}"
        rows = psql(f"INSERT INTO account (username, password_hash, role) "
                    f"SELECT '{name}', password_hash, '{role}' FROM account "
                    f"WHERE username = '{credentials[0]}' RETURNING username")
        assert rows == [[name]]
        return name
    return make


@pytest.fixture(scope="session")
def as_role(bearer, make_account):
    """as_role("viewer") -> a bearer client; one account a role."""
    names = {}

    def get(role):
        if role not in names:
            names[role] = make_account(role)
        return bearer(names[role])
    return get
