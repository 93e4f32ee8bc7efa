"""Fixtures: sandboxd with the policy on, and one with it off."""

import os
import pwd

import pytest

import box


@pytest.fixture(scope="session")
def enforced():
    """The language policy enforced, as in production."""
    s = box.Sandboxd()
    yield s
    assert s.stop() == 0


@pytest.fixture(scope="session")
def bare():
    """No language policy: only the kernel's walls."""
    s = box.Sandboxd(MCPBOX_LANGUAGE_POLICY="off")
    yield s
    assert s.stop() == 0


def have_nobody():
    try:
        pwd.getpwnam("nobody")
    except KeyError:
        return False
    return os.geteuid() == 0


@pytest.fixture(scope="session")
def plain():
    """As a plain user, no language policy."""
    if not have_nobody():
        pytest.skip("needs root to become another user")
    s = box.Sandboxd(user="nobody", MCPBOX_LANGUAGE_POLICY="off")
    yield s
    assert s.stop() == 0


@pytest.fixture
def fresh():
    """Makes supervisors that end with the test."""
    made = []

    def make(**settings):
        s = box.Sandboxd(**settings)
        made.append(s)
        return s

    yield make
    for s in made:
        # Sanitizers and leaks would show here; -9 where the test killed it.
        assert s.stop() in (0, -9), s.log()
