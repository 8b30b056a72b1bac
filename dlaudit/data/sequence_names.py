"""What spans of a sequence's time are called: by their steps, or in the unit of time that the configuration names."""

from collections.abc import Sequence

from dlaudit.data.sequence_steps import Frame


def spans_called(ends: Sequence[tuple[int, int]], frame: Frame, step: tuple[float, str] | None) -> list[str]:
    """`steps 1-6`, or `0-6 h` where steps are known to be so far apart.

    Sequences that end together are counted from their end, as `24-18 h before the end`: their starts differ.

    Args:
        ends: First and last step (from 0) of every span.
        frame: How steps are laid out.
        step: How far apart two steps are, and the unit.
    """
    if step is None:
        return [f"step {a + 1}" if a == b else f"steps {a + 1}-{b + 1}" for a, b in ends]
    size, unit = step
    if frame.align == "end":
        return [
            f"{(frame.length - a) * size:g}-{(frame.length - b - 1) * size:g} {unit} before the end" for a, b in ends
        ]
    return [f"{a * size:g}-{(b + 1) * size:g} {unit}" for a, b in ends]
