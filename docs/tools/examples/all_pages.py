"""A paginated API: one client for all requests, the rest of the pages at once."""

import asyncio
from typing import Any


async def main(base: str = "https://api.example.com", pages: int = 3) -> dict[str, Any]:
    """Collects the items of several pages of a list.

    Args:
        base: Where the API is.
        pages: How many pages to take.
    """
    async with http.AsyncClient(base_url=base, headers={"Accept": "application/json"}) as client:

        async def page(number: int) -> list[dict[str, Any]]:
            response = await client.get("/pages", params={"page": number})
            items: list[dict[str, Any]] = response.raise_for_status().json()["items"]
            mcp.log({"page": number, "items": len(items)}, level="debug")
            return items

        lists = await asyncio.gather(*[page(n) for n in range(1, pages + 1)])
    items = [item for one in lists for item in one]
    return {"total": len(items), "first": items[0]["name"], "last": items[-1]["name"]}
