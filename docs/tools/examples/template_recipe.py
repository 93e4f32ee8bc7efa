"""A resource template, recipe://{cuisine}/{dish}: one resource for each dish.

main gets what stands in the URI for the variables.  What clients offer their
user while he types comes from the Literal for one, from complete for the
other.
"""

from typing import Literal

DISHES = {
    "greek": {"dakos": ["rusk", "tomato", "feta"], "fava": ["split peas", "onion", "oil"]},
    "thai": {"som tam": ["papaya", "lime", "chili"]},
}


async def main(cuisine: Literal["greek", "thai"], dish: str):
    """The ingredients of a dish.

    Args:
        cuisine: Where it comes from.
        dish: Its name.
    """
    if dish not in DISHES[cuisine]:
        raise LookupError("there is no %s dish named %s" % (cuisine, dish))
    return json.dumps({"dish": dish, "ingredients": DISHES[cuisine][dish]})


async def complete(argument, value, context):
    """Dishes that begin like `value`; of the cuisine, if that is known."""
    known = DISHES.get(context.get("cuisine"))
    names = known if known is not None else [d for c in DISHES.values() for d in c]
    return sorted(n for n in names if n.startswith(value.lower()))
