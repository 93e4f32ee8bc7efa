"""A picture as result: a bar chart, drawn pixel by pixel."""

import struct
import zlib

HEIGHT, BAR, GAP = 60, 12, 4
WHITE, BLUE = b"\xff\xff\xff", b"\x22\x66\xcc"


def png(width: int, height: int, rows: list[bytes]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def main(values: dict[str, float]) -> object:
    """Draws a bar chart.

    Args:
        values: The length of each bar, by name.
    """
    if not values or min(values.values()) < 0:
        raise ValueError("give at least one value, and none below zero")
    top = max(values.values()) or 1
    heights = [round(v / top * HEIGHT) for v in values.values()]
    rows = [
        b"".join((BLUE if h >= HEIGHT - y else WHITE) * BAR + WHITE * GAP for h in heights)
        for y in range(HEIGHT)
    ]
    picture = png(len(values) * (BAR + GAP), HEIGHT, rows)
    legend = ", ".join(f"{name} {value:g}" for name, value in values.items())
    return [mcp.image(picture), mcp.text(legend, audience="user")]
