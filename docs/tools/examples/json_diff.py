"""JSON diff: values of any kind as arguments, a list of objects as result."""

from typing import Any, Iterator, Literal, TypedDict


class Change(TypedDict):
    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any


def walk(before: Any, after: Any, path: str) -> Iterator[Change]:
    match before, after:
        case dict(), dict():
            for key in sorted(before.keys() | after.keys()):
                where = f"{path}/{key}"
                if key not in after:
                    yield {"path": where, "kind": "removed", "before": before[key], "after": None}
                elif key not in before:
                    yield {"path": where, "kind": "added", "before": None, "after": after[key]}
                else:
                    yield from walk(before[key], after[key], where)
        case list(), list() if len(before) == len(after):
            for i, (old, new) in enumerate(zip(before, after)):
                yield from walk(old, new, f"{path}/{i}")
        case _ if before != after:
            yield {"path": path or "/", "kind": "changed", "before": before, "after": after}


async def main(before: Any, after: Any) -> list[Change]:
    """Lists what differs between two JSON values, by JSON pointer.

    Args:
        before: The value as it was.
        after: The value as it is.
    """
    return list(walk(before, after, ""))
