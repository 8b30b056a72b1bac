"""summary.md: the verdict for a pull-request comment, escaped, within GitHub's length."""

from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import against_line, change_line, ordered
from dlaudit.outputs.altered_sentences import altered_told
from dlaudit.outputs.bounds import bounds_told
from dlaudit.outputs.catalogue import BADGES, LEVELS, RESULTS, SIGNS
from dlaudit.outputs.change_sentences import accepted_lines, changes_line
from dlaudit.outputs.head_why import head_why
from dlaudit.outputs.identity import audit_name
from dlaudit.outputs.map_sentences import maps_told
from dlaudit.outputs.markup import escaped as escaped
from dlaudit.outputs.markup import ours, said, spoken, within
from dlaudit.outputs.policy_told import all_findings, nothing_judged, policy_doubts, waived_told
from dlaudit.outputs.sentences import also, headline, severity
from dlaudit.outputs.translate import NN_, Plural, _, ngettext
from dlaudit.outputs.view.found import confirmed, found_line
from dlaudit.outputs.view.page import title_of
from dlaudit.outputs.view.verdict import check_row
from dlaudit.outputs.why_sentences import distrust_short, ranked, why_line
from dlaudit.outputs.words import capitalised, filled
from dlaudit.record import Audit, Check, Finding, Verdict

MARKER = "<!-- dlaudit:"
"""How the first line begins; by this line an action finds its own comment and updates it."""
LONGEST = 60_000
"""Characters; GitHub refuses comments above 65 536."""
MOST_CHECKS, MOST_FINDINGS, MOST_FOUND, MOST_WHY, MOST_AGAINST = 50, 20, 5, 3, 8
LONGEST_RULE = 120
"""Characters of a rule that are shown whole: two features and a limit fit."""

MORE_CHECKS = NN_("… and {count} more check in the report.", "… and {count} more checks in the report.")
MORE_GAPS = NN_("… and {count} more gap in the report.", "… and {count} more gaps in the report.")
MORE_SLICES = NN_("… and {count} more slice in the report.", "… and {count} more slices in the report.")
MORE_FINDINGS = NN_("… and {count} more finding in the report.", "… and {count} more findings in the report.")


def render_markdown(audit: Audit, verdict: Verdict | None) -> str:
    """The summary as Markdown: marker, verdict, checks, findings and guesses, as long as a comment may be."""
    return within([marker(audit), *summary_lines(audit, verdict)], LONGEST, left_out())


def marker(audit: Audit) -> str:
    """The line by which a comment about this audit is found again; other audits have other ones."""
    return f"{MARKER}{audit_name(audit)} -->"


def left_out() -> str:
    """What stands at the end of a summary that had to be cut."""
    return ours(_("… {count} more lines are in {report}."), count="{count}", report="`report.html`")


def summary_lines(audit: Audit, verdict: Verdict | None) -> list[str]:
    """The summary, line by line and whole."""
    outcome = verdict.outcome if verdict else "none"
    return [
        f"### {SIGNS[outcome]} {spoken(BADGES[outcome])}: {escaped(text.name(title_of(audit)))}",
        "",
        f"**{said(headline(audit, verdict))}**",
        "",
        *([f"**{spoken(why)}**", ""] if (why := nothing_judged(audit, verdict)) else []),
        *(f"{said(line)}\n" for line in also(audit, verdict)),
        *_checks(verdict),
        *_policy(audit, verdict),
        *_bounds(verdict),
        *_why(audit, verdict),
        *_places(audit),
        *_found(audit),
        *_against(audit),
        *_since(audit),
        *_findings(audit, verdict),
        *_guesses(audit),
        *_altered(audit),
        ours(
            ngettext(
                "{count} row scored. Details: {report}, figures: {audit}.",
                "{count} rows scored. Details: {report}, figures: {audit}.",
                audit.data.scored,
            ),
            count=text.count(audit.data.scored),
            report="`report.html`",
            audit="`audit.json`",
        ),
    ]


def _checks(verdict: Verdict | None) -> list[str]:
    if verdict is None or not verdict.checks:
        return []
    heads = (_("result"), _("rule"), _("observed"), _("interval"), _("limit"))
    lines = [f"| {' | '.join(map(spoken, heads))} |", "|---|---|--:|--:|--:|"]
    ordered = sorted(verdict.checks, key=severity)
    for check in ordered[:MOST_CHECKS]:
        row = check_row(check)
        rule = _rule(check)
        notes = ", ".join(part for part in (_("waived") if row.waived else "", row.scope, row.needs) if part)
        result = RESULTS[check.outcome] or BADGES["none"]
        word = f"{row.sign} {spoken(f'{result} ({notes})' if notes else result)}"
        figures = " | ".join(map(spoken, (row.observed, row.interval, row.limit)))
        lines.append(f"| {word} | {rule} | {figures} |")
    return [*lines, *_left(MORE_CHECKS, len(ordered) - MOST_CHECKS), ""]


def _rule(check: Check) -> str:
    """The rule's name, and by what it was judged unless the name says so."""
    by = " & ".join(check.by)
    told = escaped(text.name(check.rule, limit=LONGEST_RULE))
    return (
        told + ours(_(" by {features}"), features=escaped(text.name(by))) if by and " by " not in check.rule else told
    )


def _policy(audit: Audit, verdict: Verdict | None) -> list[str]:
    """What is waived, and what is wrong with the policy itself, one line each; nothing without either."""
    lines = [f"- {said(filled(_('Waived: {told}'), told=line))}" for line in waived_told(verdict)]
    lines += [_finding(one) for one in policy_doubts(audit, verdict)[:MOST_FINDINGS]]
    return [*lines, ""] if lines else []


def _bounds(verdict: Verdict | None) -> list[str]:
    """One line for every undecided check: which limits these data would fail and pass."""
    checks = [one for one in verdict.checks if one.outcome == "undecided"] if verdict else []
    told = [(one, bounds) for one in sorted(checks, key=severity)[:MOST_CHECKS] if (bounds := bounds_told(one))]
    lines = [f"- {_rule(one)}: {said(bounds)}" for one, bounds in told]
    return [*lines, ""] if lines else []


def _why(audit: Audit, verdict: Verdict | None) -> list[str]:
    """Through which inputs the first gaps go, and above them whose explanations are not to be believed."""
    doubted = distrust_short(audit)
    splits = ranked(audit, verdict)
    others = [why_line(audit, one) for one in splits[1:]]
    told = [line for line in (head_why(audit, verdict), *others) if line]
    lines = [f"- {said(capitalised(line))}" for line in told[:MOST_WHY]]
    if not lines and not doubted:
        return []
    warning = [f"**{said(capitalised(doubted))}.**", ""] if doubted else []
    more = _left(MORE_GAPS, len(splits) - MOST_WHY)
    return [spoken(_("Why (not causes):")), "", *warning, *lines, *more, ""]


def _places(audit: Audit) -> list[str]:
    """Slices whose maps differ by more than chance, one line each."""
    lines = [f"- {said(line)}." for line in maps_told(audit)[:MOST_WHY]]
    return [spoken(_("Where the model looks:")), "", *lines, ""] if lines else []


def _altered(audit: Audit) -> list[str]:
    """What was done to rows on the way to the model, in one line."""
    told = altered_told(audit)
    return [said(told), ""] if told else []


def _found(audit: Audit) -> list[str]:
    """The slices that a search confirmed; nothing where none was."""
    slices, others = confirmed(audit)
    lines = [f"- {said(found_line(audit, one))} (n = {text.count(one.n)})" for one in slices[:MOST_FOUND]]
    more = _left(MORE_SLICES, max(0, len(slices) - MOST_FOUND) + others)
    return [spoken(_("Slices that nobody declared:")), "", *lines, *more, ""] if lines else []


def _since(audit: Audit) -> list[str]:
    """What changed since the earlier run, and when and why that was accepted; nothing without one."""
    if audit.baseline is None:
        return []
    lines = [changes_line(audit, audit.baseline), *accepted_lines(audit.baseline)]
    return [piece for line in lines for piece in (said(line), "")]


def _against(audit: Audit) -> list[str]:
    """The comparison with the base, and the first gaps whose status is shown; nothing without a base."""
    if audit.against is None:
        return []
    told = [one for one in ordered(audit.against.changes) if one.status != "undecided"]
    lines = [f"- {said(change_line(audit, one))}" for one in told[:MOST_AGAINST]]
    return [f"{said(against_line(audit.against))}", "", *lines, *_left(MORE_GAPS, len(told) - MOST_AGAINST), ""]


def _findings(audit: Audit, verdict: Verdict | None) -> list[str]:
    found = [one for one in all_findings(audit, verdict) if one not in policy_doubts(audit, verdict)]  # told above
    if not found:
        return []
    head = spoken(_("Findings ({count})").format(count=len(found)))
    lines = [f"<details><summary>{head}</summary>", ""]
    lines += map(_finding, found[:MOST_FINDINGS])
    return [*lines, *_left(MORE_FINDINGS, len(found) - MOST_FINDINGS), "", "</details>", ""]


def _finding(one: Finding) -> str:
    return (
        f"- **{spoken(LEVELS[one.severity])}** {escaped(text.name(one.code))} {escaped(text.name(one.subject))}: "
        f"{escaped(text.prose(one.message))} *{spoken(_('Next:'))}* {escaped(text.prose(one.next_step))}"
    )


def _guesses(audit: Audit) -> list[str]:
    told = ", ".join(f"{escaped(text.name(one.what))} = {escaped(text.name(one.value))}" for one in audit.guesses[:10])
    return [ours(_("Inferred, not given: {guesses}."), guesses=told), ""] if told else []


def _left(told: Plural, more: int) -> list[str]:
    return ["\n" + ours(ngettext(told[0], told[1], more), count=str(more))] if more > 0 else []
