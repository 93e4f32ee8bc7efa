"""The names a tool is given besides json, datetime and arguments."""

import collections.abc

import _mcpbox

from . import ask, content, encode

FRAMES = 1000  # of progress and of log, each; more are dropped
TEXT = 600  # characters of a progress message; the frame holds 4 KiB
DATA = 60 * 1024  # bytes of a log entry
CHANGES = 100  # that a run may tell of; more are dropped
URI = 2000


class Secrets(collections.abc.Mapping):
    """The secrets granted to this tool, read-only."""

    __slots__ = ("_values",)

    def __init__(self, values):
        self._values = values

    def __getitem__(self, name):
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(
                "no secret named %r reaches this tool: list it in the tool's "
                "secret_names, create it for the server "
                "(mcpbox_create_server_secret) and have an administrator set "
                "its value; a draft on trial gets none" % (name,)
            ) from None

    def get(self, name, default=None):
        return self._values.get(name, default)

    def __contains__(self, name):
        return name in self._values

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        return "<secrets: %s>" % (", ".join(sorted(self._values)) or "none")


class _Done:
    """So that `await mcp.log(...)` and `mcp.log(...)` both work."""

    __slots__ = ()

    def __await__(self):
        return
        yield


_done = _Done()
LISTS = ("tools", "prompts", "resources")
LEVELS = frozenset(
    "debug info notice warning error critical alert emergency".split()
)


class Mcp:
    """What a tool can tell its caller and ask, while it runs and with its
    result."""

    __slots__ = ("_progress", "_log", "_changes", "_detached", "_asks")

    def __init__(self, asks):
        self._progress = 0
        self._log = 0
        self._detached = False
        self._asks = asks
        self._changes = 0

    @property
    def _asker(self):
        """Made when it is needed: most calls ask nothing."""
        if type(self._asks) is tuple:
            self._asks = ask.Asker(*self._asks)
        return self._asks

    text = staticmethod(content.text)
    image = staticmethod(content.image)
    audio = staticmethod(content.audio)
    resource = staticmethod(content.resource)
    resource_link = staticmethod(content.resource_link)
    result = staticmethod(content.result)

    AskError = ask.AskError
    Unsupported = ask.Unsupported
    Unanswered = ask.Unanswered
    ProtocolError = ask.ProtocolError

    def progress(self, progress, total=None, message=None):
        """Reports how far the tool is.  progress must grow from call to call."""
        record = {"progress": _number("progress", progress)}
        if total is not None:
            record["total"] = _number("total", total)
        if message is not None:
            record["message"] = str(message)[:TEXT]
        self._progress += 1
        if self._progress <= FRAMES:
            _mcpbox.send(_mcpbox.PROGRESS, encode.claim(record))
        return _done

    def log(self, data, level="info"):
        """Sends a log entry: any JSON value, at an RFC 5424 level."""
        if level not in LEVELS:
            raise ValueError("level must be one of: " + ", ".join(sorted(LEVELS)))
        record = encode.claim({"level": level, "data": data})
        if len(record) > DATA:
            raise ValueError("a log entry is limited to %d bytes of JSON" % DATA)
        self._log += 1
        if self._log <= FRAMES:
            _mcpbox.send(_mcpbox.LOG, record)
        return _done

    def detach(self):
        """Lets the client go while the tool works on.

        One that can come back for the answer (a session of 2025-11-25) is
        disconnected now; nothing happens to others.
        """
        if not self._detached:
            self._detached = True
            _mcpbox.send(_mcpbox.DETACH, b"")
        return _done

    async def become_task(self):
        """What comes is the task: questions before it are answered before there
        is one.

        Nothing happens where the call is no task.
        """
        await self._asker.become_task()

    def elicit(self, message, fields, *, key=None):
        """Asks the client's user to fill in a form."""
        return ask.Question(
            self._asker, "elicitation/create", ask.elicitation(message, fields), key
        )

    def elicit_url(self, message, url, *, key=None):
        """Asks the client's user to open a page."""
        return ask.Question(self._asker, "elicitation/create", ask.link(message, url), key)

    def sample(self, messages, max_tokens, *, system=None, temperature=None, stop=None,
               include_context=None, preferences=None, tools=None, tool_choice=None,
               metadata=None, key=None):
        """Asks the client's model."""
        more = {
            "systemPrompt": system, "temperature": temperature, "stopSequences": stop,
            "includeContext": include_context, "modelPreferences": preferences,
            "tools": tools, "toolChoice": tool_choice, "metadata": metadata,
        }
        return ask.Question(
            self._asker, "sampling/createMessage", ask.sampling(messages, max_tokens, more), key
        )

    def roots(self, *, key=None):
        """Asks the client which folders it works with."""
        return ask.Question(self._asker, "roots/list", {}, key)

    async def ask(self, questions):
        """Several questions at once: {key: mcp.elicit(...), ...}."""
        for one in questions.values():
            if not isinstance(one, ask.Question):
                raise TypeError(
                    "mcp.ask() takes {key: mcp.elicit(...), mcp.sample(...) or mcp.roots()}"
                )
        return await self._asker.many(dict(questions))

    @property
    def capabilities(self):
        """What the client can be asked."""
        return {k: dict(v) for k, v in self._asker.capabilities.items()}

    @property
    def state(self):
        """A small value of the tool's own that outlives its questions."""
        return self._asker.state

    @state.setter
    def state(self, value):
        self._asker.set_state(value)

    def list_changed(self, what):
        """Tells clients that there are other tools, prompts or resources."""
        if what not in LISTS:
            raise ValueError("what has changed is one of: " + ", ".join(LISTS))
        return self._changed({"list": what})

    def resource_updated(self, uri):
        """Tells clients that a resource of this server says something else."""
        if not isinstance(uri, str):
            raise TypeError("uri must be str, not %s" % type(uri).__name__)
        if not 0 < len(uri.encode("utf-8", "replace")) <= URI:
            raise ValueError("uri has 1 to %d bytes" % URI)
        return self._changed({"uri": uri})

    def _changed(self, record):
        self._changes += 1
        if self._changes <= CHANGES:
            _mcpbox.send(_mcpbox.CHANGED, encode.claim(record))
        return _done

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError("mcp has no %s; there are: %s" % (name, " ".join(MCP_NAMES)))

    def __repr__(self):
        return "<mcp: %s>" % " ".join(MCP_NAMES)


MCP_NAMES = sorted(n for n in vars(Mcp) if not n.startswith("_"))


def _number(name, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("%s must be a number" % name)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("%s must be finite" % name)
    return value
