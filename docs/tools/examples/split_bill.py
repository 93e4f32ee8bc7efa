"""Splitting a bill: questions to the user, and a state that outlives them."""

import uuid

TIPS = {"none": 0.0, "10 %": 0.10, "15 %": 0.15}


async def main(amount: float, currency: str = "EUR") -> dict[str, object]:
    """Splits a bill as the people at the table want it.

    Args:
        amount: What the bill says.
        currency: Its currency, three letters.
    """
    # Where the client cannot be asked while a tool runs, the run ends with
    # each question and begins again when the answer is there.  What must be
    # the same then is kept.
    if mcp.state is None:
        mcp.state = {"receipt": str(uuid.uuid4())}
    split = await mcp.elicit(
        f"How should {amount:.2f} {currency} be split?",
        {
            "people": {"type": "integer", "title": "People", "minimum": 1, "maximum": 50},
            "tip": {"type": "string", "title": "Tip", "enum": list(TIPS), "default": "10 %"},
        },
        key="split",
    )
    if not split:
        return {"status": "not split", "because": split.action}
    each = round(amount * (1 + TIPS[split["tip"]]) / split["people"], 2)
    if each > 100:
        sure = await mcp.elicit(f"That is {each:.2f} {currency} each. Go ahead?", {"yes": bool}, key="sure")
        if not sure or not sure["yes"]:
            return {"status": "not split", "because": "too much"}
    return {"status": "split", "each": each, "receipt": mcp.state["receipt"]}
