"""A model card in Markdown, with the `model-index` block that the Hugging Face Hub reads (Mitchell et al. 2019).

Figures that are undefined are left out of the block, and stand with their reason in the tables.
"""

import json
import math
from collections.abc import Iterator

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import LIMITS, RESULTS
from dlaudit.outputs.junit import legal
from dlaudit.outputs.markup import escaped, said, spoken
from dlaudit.outputs.order import features_compared, measurements_on, shown_first, slices_of
from dlaudit.outputs.sentences import headline, severity
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.page import title_of
from dlaudit.outputs.words import capitalised, figure, label, levels
from dlaudit.record import OVERALL, Audit, Measurement, Slice, Verdict

MOST_METRICS, MOST_SLICES, MOST_FINDINGS = 5, 60, 20
_TASKS = {
    ("table", "binary"): "tabular-classification",
    ("table", "multiclass"): "tabular-classification",
    ("table", "multilabel"): "tabular-classification",
    ("table", "regression"): "tabular-regression",
    ("text", "binary"): "text-classification",
    ("text", "multiclass"): "text-classification",
    ("text", "multilabel"): "text-classification",
    ("image", "binary"): "image-classification",
    ("image", "multiclass"): "image-classification",
    ("image", "multilabel"): "image-classification",
    ("audio", "binary"): "audio-classification",
    ("audio", "multiclass"): "audio-classification",
}
"""Modality and task to the Hub's name of the task; `other` where it has none."""


def render_model_card(audit: Audit, verdict: Verdict | None) -> str:
    """The card: front matter for machines, then what a reader of a model card looks for, in the usual order."""
    return "\n".join([*_front_matter(audit, verdict), "", *_body(audit, verdict)]) + "\n"


def _front_matter(audit: Audit, verdict: Verdict | None) -> Iterator[str]:
    """YAML between two lines of dashes; every text is quoted as JSON quotes it, which YAML reads alike."""
    results = list(_results(audit, verdict))
    yield "---"
    yield "tags:"
    yield "- dlaudit"
    if results:
        yield "model-index:"
        yield f"- name: {_quoted(title_of(audit))}"
        yield "  results:"
        yield from results
    yield "---"


def _results(audit: Audit, verdict: Verdict | None) -> Iterator[str]:
    """One result for every slice that has a figure, its metrics beneath it."""
    metrics = shown_first(audit, verdict)[:MOST_METRICS]
    for one in _slices(audit):
        found = [value for metric in metrics if (value := _on(audit, metric, one.id)) is not None]
        if not found:
            continue
        yield "  - task:"
        yield f"      type: {_TASKS.get((audit.data.modality, audit.model.task), 'other')}"
        yield "    dataset:"
        yield f"      name: {_quoted(audit.data.path or 'an object in memory')}"
        yield f"      type: {_quoted(audit.data.modality)}"
        if audit.data.sha256:
            yield f"      revision: {_quoted(audit.data.sha256)}"
        yield "      args:"
        yield f"        slice: {_quoted(one.id)}"
        yield "    metrics:"
        for value in found:
            yield from _metric(value)


def _metric(one: Measurement) -> Iterator[str]:
    yield f"    - type: {_quoted(one.metric)}"
    yield f"      value: {_number(one.value)}"
    yield f"      name: {_quoted(''.join(capitalised(label(one.metric))))}"
    yield "      args:"
    if one.low is not None:
        yield f"        low: {_number(one.low)}"
    if one.high is not None:
        yield f"        high: {_number(one.high)}"
    yield f"        level: {_number(one.level)}"
    yield f"        rows: {one.n}"


def _body(audit: Audit, verdict: Verdict | None) -> Iterator[str]:
    yield f"# {escaped(text.name(title_of(audit)))}"
    yield ""
    yield f"**{said(headline(audit, verdict))}**"
    yield from _headed(_("Model"), _facts(_model(audit)))
    yield from _headed(_("Intended use"), [_declared(audit.declared.intended_use)])
    yield from _headed(_("Evaluation data"), _facts(_data(audit)))
    yield from _headed(_("Training data"), [spoken(_("Not known: the audit saw the model and these rows only."))])
    yield from _headed(_("Figures by slice"), _tables(audit, verdict))
    yield from _headed(_("Rules"), _checks(verdict))
    yield from _headed(_("Findings"), _findings(audit))
    yield from _headed(_("What this does not say"), [f"- {spoken(_(one))}" for one in LIMITS])


def _headed(title: str, lines: "list[str] | Iterator[str]") -> Iterator[str]:
    yield ""
    yield f"## {spoken(title)}"
    yield ""
    yield from lines


def _facts(facts: list[tuple[str, str | None]]) -> Iterator[str]:
    for name, value in facts:
        if value:
            yield f"- {spoken(name)}: {escaped(text.name(value, limit=300))}"


def _declared(told: str) -> str:
    return escaped(text.prose(told)) if told else spoken(_("Not declared."))


def _model(audit: Audit) -> list[tuple[str, str | None]]:
    model = audit.model
    decision = None if model.threshold is None else f"{model.positive or 1}: ≥ {text.given(model.threshold)}"
    return [
        (_("File"), model.path),
        ("SHA-256", model.sha256),
        (_("Task"), model.task),
        (_("Decision"), decision),
        (_("Owner, as declared"), audit.declared.owner),
    ]


def _data(audit: Audit) -> list[tuple[str, str | None]]:
    data = audit.data
    return [
        (_("File"), data.path),
        ("SHA-256", data.sha256),
        (_("Rows scored"), text.count(data.scored)),
        (_("Label"), data.target),
        (_("Sensitive features"), ", ".join(data.sensitive)),
        (_("Control features"), ", ".join(data.control)),
        (_("Source, as declared"), audit.declared.data_source),
    ]


def _slices(audit: Audit) -> list[Slice]:
    """All rows, then every sensitive feature's slices, then the intersections."""
    first = [one for one in audit.slices if one.id == OVERALL]
    single = [one for feature in features_compared(audit) for one in slices_of(audit, [feature])]
    crossed = [one for one in audit.slices if one.kind == "intersection"]
    return [*first, *single, *crossed][:MOST_SLICES]


def _on(audit: Audit, metric: str, slice_id: str) -> Measurement | None:
    found = measurements_on(audit, metric).get(slice_id)
    return found if found is not None and found.value is not None else None


def _tables(audit: Audit, verdict: Verdict | None) -> Iterator[str]:
    """One table: a row for every slice, unitary ones before intersections, a column for every metric."""
    metrics = shown_first(audit, verdict)[:MOST_METRICS]
    columns = [measurements_on(audit, metric) for metric in metrics]
    heads = [spoken(_("Slice")), spoken(_("Rows")), *(said(capitalised(label(one))) for one in metrics)]
    yield f"| {' | '.join(heads)} |"
    yield f"|---|--:|{'--:|' * len(metrics)}"
    slices = _slices(audit)
    for one in slices:
        name = spoken(_("everyone")) if one.id == OVERALL else escaped(text.name(_named(one)))
        cells = [_cell(column.get(one.id)) for column in columns]
        yield f"| {' | '.join([name, text.count(one.n), *cells])} |"
    yield ""
    yield spoken(_("In brackets the ends of the interval; where there is no value, the reason."))
    left = sum(one.kind in {"group", "intersection", "overall"} for one in audit.slices) - len(slices)
    if left > 0:
        yield spoken(_("{count} more slices are in audit.json.").format(count=text.count(left)))


def _named(one: Slice) -> str:
    return f"{' & '.join(one.by)}: {levels(one)}"


def _cell(one: Measurement | None) -> str:
    if one is None:
        return text.NONE
    if one.value is None:
        return escaped(text.why_not(one.undefined))
    form = figure(one.metric)
    if one.low is None or one.high is None:
        return form(one.value)
    return f"{form(one.value)} ({form(one.low)} – {form(one.high)})"


def _checks(verdict: Verdict | None) -> Iterator[str]:
    if verdict is None or not verdict.checks:
        yield spoken(_("Not judged: no rules were given."))
        return
    for one in sorted(verdict.checks, key=severity):
        yield f"- **{spoken(RESULTS[one.outcome])}** {escaped(text.name(one.rule, limit=200))}: " + escaped(
            text.prose(one.reason)
        )


def _findings(audit: Audit) -> Iterator[str]:
    if not audit.findings:
        yield spoken(_("None."))
    for one in audit.findings[:MOST_FINDINGS]:
        yield f"- {escaped(text.name(one.code))} {escaped(text.name(one.subject))}: {escaped(text.prose(one.message))}"
    left = len(audit.findings) - MOST_FINDINGS
    if left > 0:
        yield spoken(_("{count} more findings are in audit.json.").format(count=text.count(left)))


def _quoted(data: str) -> str:
    """Text as a quoted scalar of YAML: no sign in it is one of YAML's, and none that YAML cannot hold."""
    return json.dumps(legal(text.name(data, limit=200)), ensure_ascii=False)


def _number(value: float | None) -> str:
    """A number that every reader of YAML takes for one: `1e-05` would be text."""
    assert value is not None and math.isfinite(value), "undefined figures are left out"
    written = repr(float(value))
    mantissa, exponent, power = written.partition("e")
    return written if not exponent or "." in mantissa else f"{mantissa}.0e{power}"
