"""What a tokenizer.json may not do: make a text many times longer, which would fill the memory."""

import json
from collections.abc import Iterator
from typing import Any

LONGER = 64
"""Times that normalizing may lengthen a text; those of published tokenizers stay below 20."""
AROUND = 1_000
"""Special tokens around a text at most."""


def why_refused(written: str) -> str | None:
    """Why the tokenizer of that JSON text is not used; None where it may be. Text that is no JSON is left to others."""
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    steps = list(_objects([found.get("normalizer"), found.get("pre_tokenizer")]))
    times = 1.0
    for one in steps:
        times *= _times(one)
    if times > LONGER:
        return f"its normalizer can make a text more than {LONGER} times as long"
    around = sum(_tokens(one) for one in _objects(found.get("post_processor")))
    if around > AROUND:
        return f"it puts {around:,} special tokens around a text, and {AROUND:,} are allowed"
    return None


def _times(step: dict[str, Any]) -> float:
    """How many times longer a step can make a text of one character."""
    kind = step.get("type")
    if kind == "Replace":
        pattern = step.get("pattern")
        text = pattern.get("String") if isinstance(pattern, dict) else None
        # a pattern may match nothing, before every character
        matched = len(text) if isinstance(text, str) and text else 0.5
        return max(1.0, _length(step.get("content")) / matched)
    if kind == "Prepend":
        return max(1.0, _length(step.get("prepend")) / 8)
    return 1.0


def _tokens(piece: dict[str, Any]) -> int:
    """Special tokens that a piece of a template, or its list of codes, stands for."""
    ids = piece.get("ids")
    return len(ids) if isinstance(ids, list) else int("SpecialToken" in piece)


def _length(text: Any) -> int:
    return len(text) if isinstance(text, str) else 0


def _objects(held: Any) -> Iterator[dict[str, Any]]:
    """Every object within, the outer ones first."""
    if isinstance(held, dict):
        yield held
        held = list(held.values())
    if isinstance(held, list):
        for one in held:
            yield from _objects(one)
