"""A resource: a small table that clients read by its URI, fresh each time."""

RATES = {"EUR": 1.0, "USD": 1.08, "JPY": 163.5}


async def main():
    """Exchange rates of the euro, one currency a line, as CSV."""
    lines = ["currency,per_euro"]
    lines += ["%s,%g" % (name, RATES[name]) for name in sorted(RATES)]
    return "\n".join(lines) + "\n"
