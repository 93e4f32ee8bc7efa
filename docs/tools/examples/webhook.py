"""A POST that is tried again, but only where nothing can happen twice."""

import asyncio
import random
from typing import Any


async def main(
    event: str, payload: dict[str, Any], url: str = "https://api.example.com/flaky/hook/2", tries: int = 4
) -> dict[str, Any]:
    """Delivers an event to a webhook.

    Args:
        event: Its name.
        payload: What goes with it.
        url: Where to.
        tries: How often to try.
    """
    for attempt in range(1, tries + 1):
        try:
            response = await http.post(url, json={"event": event, **payload}, timeout=5)
        except http.ConnectError as e:
            # Nothing was sent.  After a ReadTimeout it may have arrived.
            reason, wait = str(e), 0.05 * 2**attempt
        else:
            if response.status_code not in (429, 503):
                return {"attempts": attempt, "answer": response.raise_for_status().json()}
            reason = f"HTTP {response.status_code}"
            wait = float(response.headers.get("Retry-After", 1))
        print(f"attempt {attempt}: {reason}")
        await asyncio.sleep(wait + random.random() / 100)
    raise RuntimeError(f"not delivered in {tries} attempts")
