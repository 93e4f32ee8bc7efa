"""Text search: progress while it works, a text block as result."""

import re
from typing import Literal


async def main(
    documents: dict[str, str],
    pattern: str,
    mode: Literal["words", "regex"] = "words",
    context: int = 20,
) -> object:
    """Searches documents and shows each hit with what stands around it.

    Args:
        documents: Text by name.
        pattern: What to look for: words in any order, or a regular expression.
        mode: How to read the pattern.
        context: Characters shown on both sides.
    """
    source = pattern if mode == "regex" else "|".join(map(re.escape, pattern.split()))
    try:
        find = re.compile(source, re.IGNORECASE)
    except re.error as e:
        raise ValueError(f"not a regular expression: {e}") from None
    lines = []
    for n, (name, text) in enumerate(documents.items(), 1):
        for hit in find.finditer(text):
            start, end = max(0, hit.start() - context), hit.end() + context
            around = text[start : hit.start()] + "«" + hit.group() + "»" + text[hit.end() : end]
            lines.append(f"{name}:{hit.start()}: {around}")
        mcp.progress(n, len(documents), name)
    if not lines:
        return mcp.result("nothing found", structured={"hits": 0})
    return mcp.result("\n".join(lines), structured={"hits": len(lines)})
