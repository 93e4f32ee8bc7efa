"""What make up refuses, and whether it says what to do."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "instance.sh"
BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def instance(command, home, cwd=ROOT, **settings):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_")}
    env |= {"MCPBOX_HOME": str(home), "MCPBOX_BUILD": BUILD,
            "MCPBOX_LISTEN": f"127.0.0.1:{free_port()}",
            "MCPBOX_GATEWAY_LISTEN": f"127.0.0.1:{free_port()}", **settings}
    done = subprocess.run([SCRIPT, command], env=env, cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def home():
    path = pathlib.Path(tempfile.mkdtemp(prefix="mcpbox-r-"))
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path)


def refused(code, text, *words):
    assert code == 1, text
    assert "What to do: " in text
    for word in words:
        assert word in text, text
    assert "Traceback" not in text and "line " not in text.split("What to do")[0]


@pytest.mark.parametrize("command", ["up", "down", "status"])
def test_path_too_long_for_a_socket(home, command):
    long = home / ("x" * 80)
    refused(*instance(command, long), "too long", "107", "MCPBOX_HOME=/srv/mcpbox")
    assert not long.exists()


@pytest.mark.parametrize("name", ["with space", "semi;colon", "quo'te", "dollar$", "ü"])
def test_characters_that_settings_cannot_hold(home, name):
    refused(*instance("up", home / name), "MCPBOX_HOME is '", "letters, digits")
    assert not (home / name).exists()


def test_not_a_folder(home):
    (home / "file").write_text("")
    refused(*instance("up", home / "file"), "is not a folder")


@pytest.mark.skipif(os.getuid() != 0, reason="needs another owner")
def test_folder_of_somebody_else(home):
    (home / "v").mkdir()
    shutil.chown(home / "v", "nobody")
    refused(*instance("up", home / "v"), "belongs to nobody", "run this as nobody")


@pytest.mark.skipif(os.getuid() != 0, reason="only root starts other users' services")
def test_folder_that_services_cannot_reach(home):
    (home / "closed").mkdir(mode=0o700)
    refused(*instance("up", home / "closed" / "v"), "closed to the users", "chmod o+x")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_made(home):
    (home / "ro").mkdir(mode=0o555)
    refused(*instance("up", home / "ro" / "v"), "cannot be made or written")


@pytest.mark.parametrize("value", ["8080", "localhost", "a:b", "127.0.0.1:0",
                                   "127.0.0.1:65536", "http://127.0.0.1:1"])
def test_listener(home, value):
    refused(*instance("up", home / "v", MCPBOX_LISTEN=value),
            f"MCPBOX_LISTEN is '{value}'", "HOST:PORT")


def test_listeners_with_one_port(home):
    refused(*instance("up", home / "v", MCPBOX_LISTEN="127.0.0.1:9999",
                      MCPBOX_GATEWAY_LISTEN="127.0.0.1:9999"), "the same port 9999")


def test_taken_port_is_named_with_its_owner(home):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        port = s.getsockname()[1]
        refused(*instance("up", home / "v", MCPBOX_LISTEN=f"127.0.0.1:{port}"),
                f"port {port}", f"(process {os.getpid()})", "choose another port")


@pytest.mark.parametrize("line,words", [
    ("LISTEN = 1", ["line 2", "NAME = value"]),
    ("MCPBOX_LISTEN 127.0.0.1:1", ["line 2"]),
])
def test_settings_file(home, line, words):
    (home / "v" / "etc").mkdir(parents=True)
    (home / "v" / "etc" / "mcpbox.conf").write_text(f"# mine\n{line}\n")
    code, text = instance("up", home / "v")
    assert code == 1 and "mcpbox.conf" in text
    for word in words:
        assert word in text


def test_unknown_setting(home):
    refused(*instance("up", home / "v", MCPBOX_LISTNE="127.0.0.1:1"), "MCPBOX_LISTNE")


def test_build_name(home):
    refused(*instance("up", home / "v", MCPBOX_BUILD="fast"), "MCPBOX_BUILD is 'fast'")


def test_rate(home):
    refused(*instance("up", home / "v", MCPBOX_NGINX_RATE_API="many"),
            "MCPBOX_NGINX_RATE_API is 'many'")


def test_nothing_there(home):
    code, text = instance("status", home / "v")
    assert code == 1 and "there is no instance" in text
    code, text = instance("down", home / "v")
    assert code == 0 and "nothing runs" in text
    assert not (home / "v").exists()


def test_relative_folder(home):
    code, text = instance("status", "here/v", cwd=home)
    assert code == 1 and str(home / "here" / "v") in text


def test_usage():
    done = subprocess.run([SCRIPT], capture_output=True, text=True)
    assert done.returncode == 2 and "usage" in done.stderr
