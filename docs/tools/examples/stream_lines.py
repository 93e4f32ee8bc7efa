"""Lines as they come, read until enough: the rest is never fetched."""


async def main(contains: str, limit: int = 3, url: str = "https://api.example.com/drip/500/1") -> list[str]:
    """Takes the first lines of a long answer that contain a text.

    Args:
        contains: The text.
        limit: How many lines.
        url: What to read.
    """
    found: list[str] = []
    async with http.stream("GET", url, timeout=20) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            if contains in line:
                found.append(line)
                mcp.progress(len(found), limit)
            if len(found) == limit:
                break
    return found
