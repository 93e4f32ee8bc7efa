"""CSV statistics: a dataclass as result, print() for what a person may want."""

import csv
import io
import statistics
from dataclasses import dataclass


@dataclass
class Summary:
    column: str
    count: int
    mean: float
    median: float
    stdev: float | None
    skipped: int


async def main(text: str, column: str, delimiter: str = ",") -> Summary:
    """Summarises one numeric column of a CSV text.

    Args:
        text: The CSV, with a header line.
        column: The name of the column.
        delimiter: What stands between two cells.
    """
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    if column not in (rows.fieldnames or []):
        raise ValueError(f"there is no column {column!r}; there are: {', '.join(rows.fieldnames or [])}")
    values: list[float] = []
    skipped = 0
    for row in rows:
        try:
            values.append(float(row[column]))
        except ValueError:
            skipped += 1
            print(f"line {rows.line_num}: {row[column]!r} is no number")
    if not values:
        raise ValueError(f"column {column!r} has no numbers")
    return Summary(
        column, len(values), statistics.fmean(values), statistics.median(values),
        round(statistics.stdev(values), 6) if len(values) > 1 else None, skipped,
    )
