"""Fixtures of the bridge's tests: mcpbox-stdio, and servers that misbehave as
told.  Those that need an instance are described by the environment, as in
tests/api."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bridge import Bridge  # noqa: E402
from fake import Fake  # noqa: E402


@pytest.fixture
def fake():
    """fake(script) -> a server that answers each request by script(request)."""
    made = []

    def make(script, **options):
        server = Fake(script, **options)
        made.append(server)
        return server
    yield make
    for server in made:
        server.close()


@pytest.fixture
def bridge():
    """bridge(endpoint, *options) -> a running mcpbox-stdio.  Ended afterwards,
    and it must end by itself when its input does."""
    made = []

    def make(endpoint, *options, **more):
        b = Bridge(endpoint, *options, **more)
        made.append(b)
        return b
    yield make
    for b in made:
        b.finish()


def pytest_collection_modifyitems(config, items):
    if "MCPBOX_TEST_URL" not in os.environ:
        skip = pytest.mark.skip(reason="MCPBOX_TEST_URL is not set: run by tests/run.py")
        for item in items:
            if "instance" in item.fixturenames or "gateway" in item.fixturenames:
                item.add_marker(skip)
