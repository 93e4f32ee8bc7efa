import datetime
import decimal
import json
import re
import statistics


async def main(a: int, b: int = 1) -> dict:
    """Some ordinary work with ordinary modules."""
    rows = [{"n": i, "d": str(decimal.Decimal(i) / 7)} for i in range(20)]
    found = re.findall(r"\d+\.\d{3}", json.dumps(rows))
    when = datetime.datetime(2026, 1, 1) + datetime.timedelta(days=a)
    return {
        "when": when.isoformat(),
        "found": len(found),
        "mean": statistics.mean([r["n"] for r in rows]),
    }
