"""summary.md: the verdict for a pull-request comment, escaped, within GitHub's length."""

import re

from dlaudit.outputs import text
from dlaudit.outputs.against_sentences import against_line, change_line, ordered
from dlaudit.outputs.altered_sentences import altered_told
from dlaudit.outputs.bounds import bounds_told
from dlaudit.outputs.catalogue import BADGES, RESULTS, SIGNS
from dlaudit.outputs.map_sentences import maps_told
from dlaudit.outputs.sentences import also, headline, severity
from dlaudit.outputs.view.found import confirmed, found_line
from dlaudit.outputs.view.page import title_of
from dlaudit.outputs.view.verdict import check_row
from dlaudit.outputs.why_sentences import distrust_short, ranked, why_line
from dlaudit.outputs.words import Name, Sentence, capitalised, neutral
from dlaudit.record import Audit, Verdict

MARKER = "<!-- dlaudit -->"
"""By this line an action finds its own comment and updates it."""
LONGEST = 60_000
"""Characters; GitHub refuses comments above 65 536."""
MOST_CHECKS, MOST_FINDINGS, MOST_FOUND, MOST_WHY, MOST_AGAINST = 50, 20, 5, 3, 8
LONGEST_RULE = 120
"""Characters of a rule that are shown whole: two features and a limit fit."""

_BREAK = "<!-- -->"


def render_markdown(audit: Audit, verdict: Verdict | None) -> str:
    """The summary as Markdown: marker, verdict, checks, findings and guesses."""
    outcome = verdict.outcome if verdict else "none"
    lines = [
        MARKER,
        f"### {SIGNS[outcome]} {BADGES[outcome]}: {escaped(text.name(title_of(audit)))}",
        "",
        f"**{said(headline(audit, verdict))}**",
        "",
        *(f"{said(line)}\n" for line in also(audit, verdict)),
        *_checks(verdict),
        *_bounds(verdict),
        *_why(audit, verdict),
        *_places(audit),
        *_found(audit),
        *_against(audit),
        *_findings(audit),
        *_guesses(audit),
        *_altered(audit),
        f"{text.count(audit.data.scored)} rows scored. Details: `report.html`, figures: `audit.json`.",
    ]
    return _within(lines)


def escaped(data: str) -> str:
    """Data text that GitHub's Markdown shows as it is: no markup, mention, link, issue number or command."""
    for special, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        data = data.replace(special, entity)
    data = re.sub(r"([\\`*_{}\[\]()!|~$]|^[=+-])", r"\\\1", " ".join(data.split()))
    data = re.sub(r"([@#])", rf"\1{_BREAK}", data)
    return re.sub(r":(?=:|//)|(?i:(?<=www)\.)", lambda found: f"{found.group()}{_BREAK}", data)


def said(sentence: Sentence) -> str:
    """A sentence of ours, data in it escaped."""
    return "".join(escaped(neutral(piece)) if isinstance(piece, Name) else piece for piece in sentence)


def _checks(verdict: Verdict | None) -> list[str]:
    if verdict is None or not verdict.checks:
        return []
    lines = ["| result | rule | observed | interval | limit |", "|---|---|--:|--:|--:|"]
    ordered = sorted(verdict.checks, key=severity)
    for check in ordered[:MOST_CHECKS]:
        row = check_row(check)
        notes = ", ".join(part for part in ("waived" if row.waived else "", row.scope, row.needs) if part)
        word = f"{row.sign} {RESULTS[check.outcome] or BADGES['none']}{f' ({notes})' if notes else ''}"
        rule = escaped(text.name(row.rule, limit=LONGEST_RULE)) + (
            f" by {escaped(text.name(row.by))}" if row.by and " by " not in row.rule else ""
        )
        lines.append(f"| {word} | {rule} | {row.observed} | {row.interval} | {row.limit} |")
    return [*lines, *_left(len(ordered) - MOST_CHECKS, "check"), ""]


def _bounds(verdict: Verdict | None) -> list[str]:
    """One line for every undecided check: which limits these data would fail and pass."""
    checks = [one for one in verdict.checks if one.outcome == "undecided"] if verdict else []
    told = [(one, bounds) for one in sorted(checks, key=severity)[:MOST_CHECKS] if (bounds := bounds_told(one))]
    lines = [f"- {escaped(text.name(one.rule, limit=LONGEST_RULE))}: {said(bounds)}" for one, bounds in told]
    return [*lines, ""] if lines else []


def _why(audit: Audit, verdict: Verdict | None) -> list[str]:
    """Through which inputs the first gaps go, and above them whose explanations are not to be believed."""
    doubted = distrust_short(audit)
    splits = ranked(audit, verdict)
    told = [line for one in splits if (line := why_line(audit, one))]
    lines = [f"- {said(capitalised(line))}" for line in told[:MOST_WHY]]
    if not lines and not doubted:
        return []
    warning = [f"**{said(capitalised(doubted))}.**", ""] if doubted else []
    more = _left(len(splits) - MOST_WHY, "gap") if len(splits) > MOST_WHY else []
    return ["Why (not causes):", "", *warning, *lines, *more, ""]


def _places(audit: Audit) -> list[str]:
    """Slices whose maps differ by more than chance, one line each."""
    lines = [f"- {said(line)}." for line in maps_told(audit)[:MOST_WHY]]
    return ["Where the model looks:", "", *lines, ""] if lines else []


def _altered(audit: Audit) -> list[str]:
    """What was done to rows on the way to the model, in one line."""
    told = altered_told(audit)
    return [said(told), ""] if told else []


def _found(audit: Audit) -> list[str]:
    """The slices that a search confirmed; nothing where none was."""
    slices, others = confirmed(audit)
    lines = [f"- {said(found_line(audit, one))} (n = {text.count(one.n)})" for one in slices[:MOST_FOUND]]
    more = _left(max(0, len(slices) - MOST_FOUND) + others, "slice")
    return ["Slices that nobody declared:", "", *lines, *more, ""] if lines else []


def _against(audit: Audit) -> list[str]:
    """The comparison with the base, and the first gaps whose status is shown; nothing without a base."""
    if audit.against is None:
        return []
    told = [one for one in ordered(audit.against.changes) if one.status != "undecided"]
    lines = [f"- {said(change_line(audit, one))}" for one in told[:MOST_AGAINST]]
    return [f"{said(against_line(audit.against))}", "", *lines, *_left(len(told) - MOST_AGAINST, "gap"), ""]


def _findings(audit: Audit) -> list[str]:
    if not audit.findings:
        return []
    lines = [f"<details><summary>Findings ({len(audit.findings)})</summary>", ""]
    lines += [
        f"- **{one.severity}** {escaped(text.name(one.code))} {escaped(text.name(one.subject))}: "
        f"{escaped(text.prose(one.message))} *Next:* {escaped(text.prose(one.next_step))}"
        for one in audit.findings[:MOST_FINDINGS]
    ]
    return [*lines, *_left(len(audit.findings) - MOST_FINDINGS, "finding"), "", "</details>", ""]


def _guesses(audit: Audit) -> list[str]:
    told = ", ".join(f"{escaped(text.name(one.what))} = {escaped(text.name(one.value))}" for one in audit.guesses[:10])
    return [f"Inferred, not given: {told}.", ""] if told else []


def _left(more: int, what: str) -> list[str]:
    return [f"\n… and {more} more {what}{'' if more == 1 else 's'} in the report."] if more > 0 else []


def _within(lines: list[str]) -> str:
    whole = "\n".join(lines) + "\n"
    if len(whole) <= LONGEST:
        return whole
    kept: list[str] = []
    for line in lines:
        if sum(len(one) + 1 for one in kept) + len(line) > LONGEST - 200:
            break
        kept.append(line)
    return "\n".join([*kept, "", f"… {len(lines) - len(kept)} more lines are in `report.html`."]) + "\n"
