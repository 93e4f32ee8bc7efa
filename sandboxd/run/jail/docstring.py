"""Descriptions from a docstring: Google, NumPy and Sphinx style.

parse(text) gives (description, {parameter: description}).  The description is
the summary and the body without the section that documents the parameters.
"""

import re

_SPHINX = re.compile(
    r"^\s*:(param|parameter|arg|argument|key|keyword|type)\s+([^:]*?)(\*{0,2}\w+)\s*:\s*(.*)$"
)
_SPHINX_ANY = re.compile(r"^\s*:(\w+)(?:\s[^:]*)?:")
_GOOGLE = re.compile(
    r"^(Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Other Parameters):\s*$"
)
_GOOGLE_ENTRY = re.compile(r"^(\*{0,2}\w+)\s*(?:\(([^()]|\([^()]*\))*\))?\s*:\s*(.*)$")
_NUMPY = re.compile(r"^(Parameters|Other Parameters)\s*$")
_UNDERLINE = re.compile(r"^\s*-{3,}\s*$")
_NUMPY_ENTRY = re.compile(r"^(\*{0,2}\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$")


def _indent(line):
    return len(line) - len(line.lstrip())


def _join(lines):
    return " ".join(" ".join(lines).split())


def _block(lines, at, indent):
    """The lines from `at` on that are blank or indented deeper."""
    end = at
    while end < len(lines) and (
        not lines[end].strip() or _indent(lines[end]) > indent
    ):
        end += 1
    return end


def _google(lines, at, found):
    """Reads the entries below a heading at line `at`; index behind them."""
    end = _block(lines, at + 1, _indent(lines[at]))
    entries = [line for line in lines[at + 1 : end] if line.strip()]
    if not entries:
        return end
    base = min(_indent(line) for line in entries)
    name, text = None, []
    for line in entries:
        match = _GOOGLE_ENTRY.match(line.strip()) if _indent(line) == base else None
        if match:
            if name:
                found.setdefault(name, _join(text))
            name, text = match.group(1).lstrip("*"), [match.group(3)]
        else:
            text.append(line.strip())
    if name:
        found.setdefault(name, _join(text))
    return end


def _numpy(lines, at, found):
    base = _indent(lines[at])
    i = at + 2
    while i < len(lines):
        if not lines[i].strip():
            i += 1
            continue
        if i + 1 < len(lines) and _UNDERLINE.match(lines[i + 1]):
            break
        match = _NUMPY_ENTRY.match(lines[i].strip())
        if not match or _indent(lines[i]) != base:
            break
        end = _block(lines, i + 1, base)
        text = _join(lines[i + 1 : end])
        for name in match.group(1).split(","):
            found.setdefault(name.strip().lstrip("*"), text)
        i = end
    return i


def _sphinx(lines, at, found):
    match = _SPHINX.match(lines[at])
    end = at + 1
    base = _indent(lines[at])
    while (
        end < len(lines)
        and lines[end].strip()
        and _indent(lines[end]) > base
        and not _SPHINX_ANY.match(lines[end])
    ):
        end += 1
    if match.group(1) != "type":
        text = _join([match.group(4)] + lines[at + 1 : end])
        found.setdefault(match.group(3).lstrip("*"), text)
    return end


def parse(text):
    lines = (text or "").expandtabs().strip().splitlines()
    lines = _dedent(lines)
    found, kept = {}, []
    i = 0
    while i < len(lines):
        line = lines[i]
        if _GOOGLE.match(line.strip()):
            i = _google(lines, i, found)
        elif (
            _NUMPY.match(line.strip())
            and i + 1 < len(lines)
            and _UNDERLINE.match(lines[i + 1])
        ):
            i = _numpy(lines, i, found)
        elif _SPHINX.match(line):
            i = _sphinx(lines, i, found)
        else:
            kept.append(line.rstrip())
            i += 1
    description = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return description or None, {k: v for k, v in found.items() if v}


def _dedent(lines):
    rest = [line for line in lines[1:] if line.strip()]
    if not rest:
        return lines
    cut = min(_indent(line) for line in rest)
    return lines[:1] + [line[cut:] if line.strip() else "" for line in lines[1:]]
