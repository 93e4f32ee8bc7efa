"""Types of the names that a tool is given.

A tool imports nothing for them: http, mcp, secrets, arguments, json and
datetime are there.  For a type checker, put this file and httpx.pyi where it
looks for stubs and write `from mcpbox import *` above the tool while you work
on it; take the line away before you submit it.
"""

import datetime as datetime
import httpx as http
import json as json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeAlias, TypeVar

__all__ = ["arguments", "datetime", "http", "json", "mcp", "secrets"]

class Block:
    """A content block."""

    block: dict[str, Any]

class Result:
    content: list[Block | str]
    structured: Any
    has_structured: bool
    is_error: bool

class _Done:
    """To be awaited, or not."""

    def __await__(self) -> Any: ...

_Answer = TypeVar("_Answer", covariant=True)

class Question(Generic[_Answer]):
    """Asked when it is awaited, or by mcp.ask()."""

    method: str
    params: dict[str, Any]
    key: str | None

    def __await__(self) -> Generator[Any, None, _Answer]: ...

class Elicited:
    """What a person made of a question.  True if it was accepted."""

    action: Literal["accept", "decline", "cancel"]
    content: dict[str, Any]

    @property
    def accepted(self) -> bool: ...
    def get(self, name: str, default: Any = None) -> Any: ...
    def __bool__(self) -> bool: ...
    def __getitem__(self, name: str) -> Any: ...

class Sampled:
    """What the client's model said."""

    role: str
    content: dict[str, Any] | list[dict[str, Any]]
    model: str
    stop_reason: str | None

    @property
    def text(self) -> str: ...

_Field: TypeAlias = type[str] | type[int] | type[float] | type[bool] | Sequence[str] | Mapping[str, Any]
_Said: TypeAlias = str | Block | Mapping[str, Any]
_Message: TypeAlias = str | tuple[Literal["user", "assistant"], _Said] | Mapping[str, Any]
_Who: TypeAlias = Literal["user", "assistant"]
_Audience: TypeAlias = _Who | Sequence[_Who] | None
_Bytes: TypeAlias = bytes | bytearray | memoryview | str

class Mcp:
    class AskError(Exception): ...
    class Unsupported(AskError): ...
    class Unanswered(AskError): ...
    class ProtocolError(Exception):
        code: int
        def __init__(self, message: str, code: int = -32603) -> None: ...

    state: Any
    @property
    def capabilities(self) -> dict[str, dict[str, Any]]: ...
    def elicit(self, message: str, fields: Mapping[str, _Field], *, key: str | None = None) -> Question[Elicited]: ...
    def elicit_url(self, message: str, url: str, *, key: str | None = None) -> Question[Elicited]: ...
    def sample(
        self,
        messages: _Message | Sequence[_Message],
        max_tokens: int,
        *,
        system: str | None = None,
        temperature: float | None = None,
        stop: Sequence[str] | None = None,
        include_context: Literal["none", "thisServer", "allServers"] | None = None,
        preferences: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_choice: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Question[Sampled]: ...
    def roots(self, *, key: str | None = None) -> Question[list[dict[str, str]]]: ...
    async def ask(self, questions: Mapping[str, Question[Any]]) -> dict[str, Any]: ...
    def progress(self, progress: float, total: float | None = None, message: str | None = None) -> _Done: ...
    def log(
        self,
        data: Any,
        level: Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] = "info",
    ) -> _Done: ...
    def detach(self) -> _Done: ...
    async def become_task(self) -> None: ...
    def list_changed(self, what: Literal["tools", "prompts", "resources"]) -> _Done: ...
    def resource_updated(self, uri: str) -> _Done: ...
    def text(self, text: str, *, audience: _Audience = None, priority: float | None = None) -> Block: ...
    def image(
        self, data: _Bytes, mime: str | None = None, *, audience: _Audience = None, priority: float | None = None
    ) -> Block: ...
    def audio(
        self, data: _Bytes, mime: str | None = None, *, audience: _Audience = None, priority: float | None = None
    ) -> Block: ...
    def resource_link(
        self,
        uri: str,
        name: str | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        mime: str | None = None,
        size: int | None = None,
        audience: _Audience = None,
        priority: float | None = None,
    ) -> Block: ...
    def resource(
        self,
        uri: str,
        text: str | None = None,
        *,
        blob: _Bytes | None = None,
        mime: str | None = None,
        audience: _Audience = None,
        priority: float | None = None,
    ) -> Block: ...
    def result(
        self, content: Block | str | Iterable[Block | str] | None = None, *, structured: Any = ..., is_error: bool = False
    ) -> Result: ...

class Secrets(Mapping[str, str]):
    """The secrets of the tool's server, read-only."""

    def __getitem__(self, name: str) -> str: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

mcp: Mcp
secrets: Secrets
arguments: dict[str, Any]
