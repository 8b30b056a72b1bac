"""A self-check as text: each rule beside the same limit on the bare estimates."""

from dlaudit.cli.chances_text import exactness, left_out, verdict_head, verdict_row, wrapped
from dlaudit.errors import shown
from dlaudit.record.planned import Chances, Selfchecked, SelfcheckedCheck


def selfcheck_lines(found: Selfchecked) -> list[str]:
    """The lines of the answer, none wider than 80 columns."""
    lines = wrapped(
        f"Self-check of {found.rows:,} rows of {found.source}: slices dealt out at random, so that all are alike and "
        "a fail is a false alarm.",
        indent="",
    )
    for check in found.checks:
        lines += ["", *_check(check)]
    if found.gate is not None and found.screen is not None and len(found.checks) > 1:
        lines += ["", "The whole policy", *_rows(found.gate, found.screen)]
    lines += left_out(found.not_applicable)
    return [*lines, "", *_explained(found)]


def _check(check: SelfcheckedCheck) -> list[str]:
    head = shown(check.rule, limit=70, quote=False)
    by = " & ".join(shown(name, limit=30, quote=False) for name in check.by)
    title = head if by in head else f"{head} (by {by})"
    return [title, *wrapped(f"dealt out: {check.permuted}."), *_rows(check.gate, check.screen)]


def _rows(gate: Chances, screen: Chances) -> list[str]:
    return [verdict_head(), verdict_row("as the gate judges it", gate), verdict_row("by the bare estimates", screen)]


def _explained(found: Selfchecked) -> list[str]:
    if found.gate is None or found.screen is None:
        return wrapped("No rule could be checked.", indent="")
    return wrapped(
        f"{exactness(found.gate, found.screen)}; seed {found.seed}. This tests equality alone: the gate's error rate "
        "is promised also for gaps that lie on the limit, which no permutation shows (docs/method/selfcheck.md).",
        indent="",
    )
