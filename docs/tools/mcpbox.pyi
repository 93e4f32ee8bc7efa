"""Types of the names that a tool is given.

A tool imports nothing for them: http, mcp, secrets, arguments, json and
datetime are there.  For a type checker, put this file and httpx.pyi where it
looks for stubs and write `from mcpbox import *` above the tool while you work
on it; take the line away before you submit it.
"""

import datetime as datetime
import httpx as http
import json as json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

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

_Who: TypeAlias = Literal["user", "assistant"]
_Audience: TypeAlias = _Who | Sequence[_Who] | None
_Bytes: TypeAlias = bytes | bytearray | memoryview | str

class Mcp:
    def progress(self, progress: float, total: float | None = None, message: str | None = None) -> _Done: ...
    def log(
        self,
        data: Any,
        level: Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] = "info",
    ) -> _Done: ...
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
