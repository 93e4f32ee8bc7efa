"""A row: a value, the floor that it is compared with, and its target."""


def row(name, value, unit, floor=None, floor_value=None, target=None, faster=False,
        at_most=False):
    """`faster`: ratio = floor / value (a latency); else value / floor.
    The target is the least ratio, or the greatest with `at_most`."""
    ratio = met = None
    if floor_value:
        ratio = floor_value / value if faster else value / floor_value
    if target is not None:
        met = ratio is not None and (ratio <= target if at_most else ratio >= target)
    return {"name": name, "value": value, "unit": unit, "ratio": ratio, "floor": floor,
            "target": target, "met": met}


def table(rows):
    print(f"\n{'row':<44} {'value':>12} {'unit':<7} {'ratio':>8}  {'floor':<22} target")
    for r in rows:
        ratio = "" if r["ratio"] is None else f"{r['ratio']:.3f}"
        bar = "" if r["ratio"] is None else "#" * max(1, min(20, round(r["ratio"] * 20)))
        target = "" if r["target"] is None else f"{r['target']} {'met' if r['met'] else 'MISSED'}"
        print(f"{r['name']:<44} {r['value']:>12,.1f} {r['unit']:<7} {ratio:>8}  "
              f"{r['floor'] or '':<22} {target} {bar}")
