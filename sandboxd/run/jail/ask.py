"""What a tool asks its client: its user, its model, its roots.

The same code runs in two worlds (lib/box.h, enum box_ask).  Where the client
can be asked while the tool runs, the tool waits.  Where it cannot, the run
ends with the question, and begins again from the start when there is an
answer: then the question is answered at once.  So an answer belongs to a key,
and a key to one question.
"""

import json
import re

import _mcpbox

from . import encode, form
from .http_line import line

NONE, END, WAIT = 0, 1, 2  # enum box_ask

QUESTIONS = 8  # at once
ROUNDS = 16  # of one call
TRIES = 3  # answers that do not fit, until we give up
STATE = 16 * 1024  # bytes of JSON
ASKED = 240 * 1024  # bytes of JSON: the frame holds 256 KiB
TEXT = 8000  # characters of a message
KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")

_decode = json.JSONDecoder().decode


class AskError(Exception):
    """A question that got no answer."""


class Unsupported(AskError):
    """The client cannot be asked that."""


class Unanswered(AskError):
    """The client refused, failed, or took too long."""


# --- answers ------------------------------------------------------------------


class Elicited:
    """What a person made of a question: accepted it, declined, or went away."""

    __slots__ = ("action", "content")

    def __init__(self, action, content):
        self.action = action
        self.content = content

    @property
    def accepted(self):
        return self.action == "accept"

    def __bool__(self):
        return self.accepted

    def __getitem__(self, name):
        if not self.accepted:
            raise KeyError("the question was not accepted: there is no %s" % name)
        return self.content[name]

    def get(self, name, default=None):
        return self.content.get(name, default)

    def __repr__(self):
        return "<answer: %s>" % self.action


class Sampled:
    """What the client's model said."""

    __slots__ = ("role", "content", "model", "stop_reason")

    def __init__(self, role, content, model, stop_reason):
        self.role = role
        self.content = content
        self.model = model
        self.stop_reason = stop_reason

    @property
    def text(self):
        """All texts in it."""
        blocks = self.content if isinstance(self.content, list) else [self.content]
        return "".join(b["text"] for b in blocks if b.get("type") == "text")

    def __repr__(self):
        return "<answer of %s>" % self.model


def _object(value):
    if not isinstance(value, dict):
        raise form.Misfit("the answer is no object")
    return value


def _read_form(params):
    asked = params.get("requestedSchema")

    def read(value):
        action = _object(value).get("action")
        if action not in ("accept", "decline", "cancel"):
            raise form.Misfit("action is not accept, decline or cancel")
        if action != "accept" or asked is None:
            return Elicited(action, {})
        return Elicited(action, form.fill(asked, value.get("content")))

    return read


def _block(value):
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise form.Misfit("content is no block")
    if value["type"] == "text" and not isinstance(value.get("text"), str):
        raise form.Misfit("a text block without text")
    return value


def _read_message(params):
    def read(value):
        content = _object(value).get("content")
        for one in content if isinstance(content, list) else [content]:
            _block(one)
        for name in ("role", "model"):
            if not isinstance(value.get(name), str):
                raise form.Misfit("%s is no text" % name)
        return Sampled(value["role"], content, value["model"], value.get("stopReason"))

    return read


def _read_roots(params):
    def read(value):
        roots = _object(value).get("roots")
        if not isinstance(roots, list):
            raise form.Misfit("roots is no list")
        for one in roots:
            if not isinstance(one, dict) or not isinstance(one.get("uri"), str):
                raise form.Misfit("a root without uri")
        return [{k: v for k, v in one.items() if k in ("uri", "name")} for one in roots]

    return read


# method: (word for keys, reader)
METHODS = {
    "elicitation/create": ("elicit", _read_form),
    "sampling/createMessage": ("sample", _read_message),
    "roots/list": ("roots", _read_roots),
}


# --- questions ----------------------------------------------------------------


class Question:
    """Asked when it is awaited, or as part of mcp.ask()."""

    __slots__ = ("method", "params", "key", "_asker", "_read")

    def __init__(self, asker, method, params, key=None):
        if key is not None:
            check_key(key)
        self.method = method
        self.params = params
        self.key = key
        self._asker = asker
        self._read = METHODS[method][1](params)

    def __await__(self):
        return self._asker.one(self).__await__()

    def __repr__(self):
        return "<question: %s>" % self.method

    def read(self, value):
        return self._read(value)

    def same(self, other):
        return self.method == other.method and self.params == other.params


def check_key(key):
    if not isinstance(key, str) or KEY.fullmatch(key) is None:
        raise ValueError("a key has 1 to 64 of: letters, digits, _ . -")
    return key


def _str(name, value, most=TEXT):
    if not isinstance(value, str) or not value:
        raise TypeError("%s must be a text" % name)
    if len(value) > most:
        raise ValueError("%s has at most %d characters" % (name, most))
    return value


def elicitation(message, fields):
    return {"message": _str("message", message), "requestedSchema": form.schema(fields)}


def link(message, url):
    _str("url", url, 2000)
    if not url.startswith("https://") or any(c <= " " or c == "\x7f" for c in url):
        raise ValueError("url must begin with https:// and have no spaces")
    return {"mode": "url", "message": _str("message", message), "url": url}


def _message(one):
    """A text, (role, text), or a message as MCP has it."""
    if isinstance(one, str):
        one = ("user", one)
    if isinstance(one, tuple) and len(one) == 2:
        role, content = one
        if isinstance(content, str):
            content = {"type": "text", "text": content}
        else:
            content = getattr(content, "block", content)
        one = {"role": role, "content": content}
    if not isinstance(one, dict) or one.get("role") not in ("user", "assistant"):
        raise TypeError(
            "a message is a text, ('user' or 'assistant', text or mcp.image(...)), or "
            "{'role': ..., 'content': ...}"
        )
    content = one.get("content")
    for block in content if isinstance(content, list) else [content]:
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise TypeError("the content of a message is a text or a content block")
    return one


def sampling(messages, max_tokens, more):
    if isinstance(messages, (str, tuple, dict)):
        messages = [messages]
    if isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 1:
        raise ValueError("max_tokens is a whole number from 1")
    params = {"messages": [_message(one) for one in messages], "maxTokens": max_tokens}
    if not params["messages"]:
        raise ValueError("there are no messages")
    for name, value in more.items():
        if value is not None:
            params[name] = value
    return params


# --- asking -------------------------------------------------------------------


def _capabilities(declared):
    """What the client can be asked; an empty elicitation has always meant
    forms."""
    known = {k: dict(v) for k, v in declared.items() if isinstance(v, dict)}
    if known.get("elicitation") == {}:
        known["elicitation"] = {"form": {}}
    return known


class ProtocolError(Exception):
    """The call itself fails, as no result of the tool: an error of JSON-RPC."""

    def __init__(self, message, code=-32603):
        if isinstance(code, bool) or not isinstance(code, int) or not -(1 << 31) <= code < 1 << 31:
            raise TypeError("code must be a whole number of 32 bits")
        if -32768 <= code <= -32000 and code not in (-32602, -32603):
            raise ValueError("of the reserved codes only -32602 and -32603 are a tool's")
        super().__init__(message)
        self.code = code


class Asker:
    """All questions of one run."""

    def __init__(self, mode, talk, flush):
        about = _decode(talk) if talk else {}
        self.capabilities = _capabilities(about.get("capabilities") or {})
        self.state = about.get("state")
        self._given = about.get("answers") or {}
        self._before = about.get("task") == "before"
        self._mode = mode
        self._flush = flush
        self._known = {}  # key: (question, answer)
        self._names = {}  # word: how many keys were made with it
        self._rounds = 0

    # --- what the client can do ---

    def need(self, question):
        """The capability that it lacks, in words; None: it has it."""
        able = self.capabilities
        if question.method == "roots/list":
            return None if "roots" in able else "roots"
        if question.method == "sampling/createMessage":
            if "sampling" not in able:
                return "sampling"
            if "tools" in question.params and "tools" not in able["sampling"]:
                return "sampling.tools"
            return None
        mode = "url" if question.params.get("mode") == "url" else "form"
        return None if mode in able.get("elicitation", {}) else "elicitation.%s" % mode

    def _must_be_able(self, question):
        if self._mode == NONE:
            raise Unsupported(
                "there is nobody to ask: this is a test or a trial. Bring the answer along, "
                "in `answers`, under the key %r" % question.key
            )
        lacks = self.need(question)
        if lacks is not None:
            raise Unsupported(
                "this client has not declared the capability %s, so it cannot be asked; "
                "look at mcp.capabilities first, or declare what the tool needs in its "
                "client_capabilities" % lacks
            )

    # --- one, several ---

    def _key(self, question):
        if question.key is None:
            word = METHODS[question.method][0]
            n = self._names[word] = self._names.get(word, 0) + 1
            question.key = word if n == 1 else "%s_%d" % (word, n)
        return question.key

    async def one(self, question):
        return (await self.many({self._key(question): question}))[question.key]

    async def many(self, questions):
        if not 1 <= len(questions) <= QUESTIONS:
            raise ValueError("1 to %d questions can be asked at once" % QUESTIONS)
        for key, question in questions.items():
            check_key(key)
            question.key = key
            before = self._known.get(key)
            if before is not None and not before[0].same(question):
                raise ValueError(
                    "the key %r was another question's in this call; each has its own" % key
                )
        tries = 0
        while open_ := self._open(questions):
            tries += 1
            if self._mode == WAIT and tries > TRIES:
                raise Unanswered("the client's answers do not fit the question")
            await self._round(open_)
        return {key: self._known[key][1] for key in questions}

    def _open(self, questions):
        """Those without an answer that fits."""
        found = {}
        for key, question in questions.items():
            if key in self._known:
                continue
            try:
                self._known[key] = (question, question.read(self._given[key]))
            except (KeyError, form.Misfit):
                self._must_be_able(question)
                found[key] = question
        return found

    async def _round(self, questions):
        self._rounds += 1
        if self._rounds > ROUNDS:
            raise RuntimeError("a call may ask %d times" % ROUNDS)
        frame = {
            "requests": {
                key: {"method": q.method, "params": q.params} for key, q in questions.items()
            }
        }
        if self._mode == END:
            await self._end(frame)
        data = self._encoded(frame)
        self._take(await line.ask(data, True), questions)

    def _encoded(self, frame):
        data = encode.strict(frame)
        if len(data) > ASKED:
            raise ValueError("questions and mcp.state have at most %d bytes of JSON" % ASKED)
        self._flush()
        return data

    async def _end(self, frame):
        """The last that this run says: another one begins with what it had."""
        frame["used"] = [k for k in self._known if k in self._given]
        if self.state is not None:
            frame["state"] = self.state
        await line.ask(self._encoded(frame), False)

    async def become_task(self):
        if self._before:
            await self._end({"requests": {}, "task": True})

    def _take(self, data, questions):
        reply = _decode(data.decode("utf-8"))
        answers, errors = reply.get("answers") or {}, reply.get("errors") or {}
        for key, question in questions.items():
            if key in answers:
                self._given[key] = answers[key]
            else:
                self._given.pop(key, None)
        self._open_quietly(questions)
        for key in questions:
            if key in errors:
                raise Unanswered(
                    "%s: %s" % (key, errors[key].get("message") or "the client refused")
                )

    def _open_quietly(self, questions):
        """Keeps what did come, also when another question failed."""
        for key, question in questions.items():
            try:
                self._known[key] = (question, question.read(self._given[key]))
            except (KeyError, form.Misfit):
                pass

    def set_state(self, value):
        if len(encode.strict(value)) > STATE:
            raise ValueError("mcp.state holds at most %d bytes of JSON" % STATE)
        self.state = value
