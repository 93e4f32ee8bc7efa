"""Unit conversion: a Literal for each choice, an error the model can act on."""

from typing import Annotated, Literal

Unit = Literal["mm", "cm", "m", "km", "in", "ft", "mi"]

METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "mi": 1609.344}


async def main(
    value: Annotated[float, "The length to convert"],
    source: Annotated[Unit, "The unit it is in"],
    target: Annotated[Unit, "The unit wanted"],
    digits: int = 6,
) -> dict[str, float | str]:
    """Converts a length from one unit to another.

    Metric and imperial units; the result is rounded.

    Args:
        digits: Decimal places of the result.
    """
    if not 0 <= digits <= 12:
        raise ValueError("digits must be between 0 and 12")
    return {"value": round(value * METRES[source] / METRES[target], digits), "unit": target}
