"""What to do about a rule on what got worse since an earlier run, in one line."""

from dlaudit.outputs import text
from dlaudit.outputs.policy_told import baseline_findings
from dlaudit.outputs.sentences import is_unpaired
from dlaudit.outputs.translate import _
from dlaudit.record import Audit, Check
from dlaudit.record.suppression import EARLIER_RUN

MOST_NAMED = 3
_DIGEST = " (SHA-256)"


def after_a_drop(audit: Audit, check: Check) -> str:
    """What changed since, where to see more, and the three ways on: mend it, accept the run, or waive the rule."""
    compared = audit.baseline
    if compared is None:
        return _("read the report")
    told = _("see {command}").format(command=f"`dlaudit diff {text.name(compared.old.place, limit=80)} RUN`")
    if changed := _changed(audit):
        told = _("{changed} changed: {told}").format(changed=changed, told=told)
    ways = [_("mend it")]
    if compared.accepted is not None:
        ways.append(_("accept the run ({command})").format(command="`dlaudit baseline accept RUN --reason TEXT`"))
    if not check.waived:
        ways.append(_("waive {rule}").format(rule=f"`{text.name(check.rule, limit=80)}`"))
    *some, last = ways
    way = _("{some} or {last}").format(some=", ".join(some), last=last) if some else last
    return _("{told}, then {way}").format(told=told, way=way)


def to_decide_a_drop(audit: Audit, check: Check) -> str:
    """What would decide it: rows to compare row by row, or an earlier run at all; empty where more rows would."""
    compared = audit.baseline
    if compared is None and any(one.what == f"showing {EARLIER_RUN}" for one in audit.not_applicable):
        return _(
            "read the report: the figures of the comparison with the earlier run are withheld, as they would tell "
            "small counts ({key})"
        ).format(key="`report.small_cells`")
    if compared is None:
        return _("name an earlier run or an accepted baseline to compare with: {flag}").format(flag="`--baseline RUN`")
    if is_unpaired(audit) and not compared.rows_known:
        return _("accept a run that kept its rows, or read the report")
    if is_unpaired(audit) and (found := baseline_findings(audit)):
        return text.prose(found[0].next_step)
    if compared.only_old:
        return _("judge all rows of the earlier run, or compare with a run on these rows")
    return "" if check.rows_needed else _("read the report")


def _changed(audit: Audit) -> str:
    """`model file, model.threshold and 2 more`: what was given or set differently."""
    assert audit.baseline is not None, "asked what changed since a run that is not there"
    keys = list(dict.fromkeys(text.name(one.key.removesuffix(_DIGEST)) for one in audit.baseline.settings))
    told, more = ", ".join(keys[:MOST_NAMED]), len(keys) - MOST_NAMED
    return _("{some} and {count} more").format(some=told, count=more) if more > 0 else told
