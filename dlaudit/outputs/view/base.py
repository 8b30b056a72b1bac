"""The section on the earlier run: which gaps grew since, and what else is different."""

from dataclasses import dataclass, field

from dlaudit.outputs.catalogue import BADGES, TEXT
from dlaudit.outputs.drop_sentences import is_drop, then
from dlaudit.outputs.view.changes import Changes, changes
from dlaudit.outputs.view.missing import missing
from dlaudit.outputs.view.run_side import RunSide, run_side
from dlaudit.outputs.words import Sentence, said
from dlaudit.record import Audit, Verdict

MOST = 12
_HIDDEN = "earlier run"


@dataclass(frozen=True)
class BaseView:
    """The section; nothing of it where no earlier run was named."""

    changes: Changes | None = None
    side: RunSide | None = None
    verdicts: Sentence = ()
    is_open: bool = False
    """Whether something was set differently that a reader must know to read the changes."""
    reasons: list[tuple[str, str]] = field(default_factory=list)
    """Why the comparison is not shown."""


def base(audit: Audit, verdict: Verdict | None) -> BaseView:
    """The section's content."""
    one = audit.baseline
    if one is None:
        return BaseView(reasons=missing(audit, _HIDDEN))
    other = {item.key for item in one.settings}
    outcome = verdict.outcome if verdict else "none"
    return BaseView(
        changes=changes(audit, one, most=MOST, rates_first=any(map(is_drop, verdict.checks if verdict else ()))),
        side=run_side(TEXT["changes_earlier_run" if one.accepted is None else "changes_baseline"], one.old),
        verdicts=said("changes_verdicts", then=then(one), old=BADGES[one.old.outcome], new=BADGES[outcome]),
        is_open=any(key.startswith(("model.", "slices.", "data.")) for key in other) or bool(one.metrics_gone),
    )


def has_base(audit: Audit) -> bool:
    """Whether an earlier run was named: the section is there, if only to say why it shows nothing."""
    return audit.baseline is not None or bool(missing(audit, _HIDDEN))
