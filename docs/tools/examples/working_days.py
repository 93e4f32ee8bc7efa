"""Date arithmetic: dates as arguments are text, as results they may be dates."""

from datetime import date, timedelta


async def main(start: str, days: int, holidays: list[str] | None = None) -> dict[str, date | str | int]:
    """Counts working days from a date, Saturdays, Sundays and holidays left out.

    Args:
        start: The first day, as YYYY-MM-DD.
        days: How many working days; negative counts back.
        holidays: Days off, as YYYY-MM-DD.
    """
    free = {date.fromisoformat(day) for day in holidays or []}
    day, left = date.fromisoformat(start), abs(days)
    step = timedelta(days=1 if days >= 0 else -1)
    skipped = 0
    while left:
        day += step
        if day.weekday() >= 5 or day in free:
            skipped += 1
        else:
            left -= 1
    return {"date": day, "weekday": day.strftime("%A"), "skipped": skipped}
