"""A file made by the tool, sent as multipart/form-data."""

import csv
import io
from typing import Any


async def main(rows: list[dict[str, Any]], name: str = "report.csv", url: str = "https://api.example.com/echo") -> dict[str, Any]:
    """Uploads rows as a CSV file.

    Args:
        rows: Objects with the same keys.
        name: The name of the file.
        url: Where to.
    """
    if not rows:
        raise ValueError("there are no rows")
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    data = out.getvalue().encode()
    response = await http.post(
        url, data={"kind": "report"}, files={"file": (name, data, "text/csv")}, timeout=30
    )
    response.raise_for_status()
    sent = response.request.headers["Content-Type"].partition(";")[0]
    return {"status": response.status_code, "bytes": len(data), "sent_as": sent}
