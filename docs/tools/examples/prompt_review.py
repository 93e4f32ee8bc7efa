"""A prompt: messages that a client puts before its model, with a picture."""

import base64
from typing import Annotated, Literal

DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmM"
    "IQAAAABJRU5ErkJggg=="
)


async def main(
    text: Annotated[str, "What is to be reviewed"],
    tone: Annotated[Literal["kind", "strict"], "How to say it"] = "kind",
):
    """Asks for a review of a text."""
    return {
        "description": "A %s review" % tone,
        "messages": [
            "Review this text. Be %s." % tone,
            {"role": "user", "content": [mcp.text(text), mcp.image(base64.b64decode(DOT))]},
            {"role": "assistant", "content": "My review:"},
        ],
    }
