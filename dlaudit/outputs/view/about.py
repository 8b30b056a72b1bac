"""What was audited and how: findings, data, method, limits."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import LEVELS
from dlaudit.outputs.nouns import nouns
from dlaudit.outputs.policy_told import all_findings
from dlaudit.outputs.translate import _
from dlaudit.outputs.view.run_name import run_name
from dlaudit.outputs.words import Sentence, label
from dlaudit.record import Audit, Repeated, Verdict
from dlaudit.record.pairs import PairsInfo

MOST_EVIDENCE = 12


@dataclass(frozen=True)
class FindingView:
    """One finding."""

    code: str
    severity: str
    level: str
    """The severity in words."""
    subject: str
    message: str
    next_step: str
    evidence: list[tuple[str, str]]


@dataclass(frozen=True)
class Loss:
    """Rows left out for one reason, and the slices that lost most."""

    reason: str
    rows: str
    where: list[tuple[str, str]]


@dataclass(frozen=True)
class Second:
    """A second calculation."""

    library: str
    metric: Sentence
    compared: str
    difference: str
    note: str


Facts = list[tuple[str, str]]
"""Names and values that a definition list shows; every value is data."""


def findings(audit: Audit, verdict: Verdict | None = None) -> list[FindingView]:
    """The findings with their evidence in words."""
    return [
        FindingView(
            code=one.code,
            severity=one.severity,
            level=LEVELS[one.severity],
            subject=one.subject,
            message=one.message,
            next_step=one.next_step,
            evidence=[(key.replace("_", " "), _told(value)) for key, value in one.evidence.items()][:MOST_EVIDENCE],
        )
        for one in all_findings(audit, verdict)
    ]


def losses(audit: Audit) -> list[Loss]:
    """Rows left out, by reason."""
    return [
        Loss(
            reason=one.reason,
            rows=text.count(one.rows),
            where=[(slice_id, text.count(rows)) for slice_id, rows in one.by_slice.items() if rows],
        )
        for one in audit.data.rejected
    ]


def seconds_calculated(audit: Audit) -> list[Second]:
    """The second calculations."""
    return [
        Second(
            library=one.library,
            metric=label(one.metric),
            compared=_("{defined} of {all} slices").format(defined=text.count(one.defined), all=text.count(one.cells)),
            difference=_disagreement(one.largest_difference),
            note=one.note,
        )
        for one in audit.cross_checks
    ]


def _disagreement(value: float | None) -> str:
    if value is None:
        return _("no slice is defined on both sides")
    return _("none") if value == 0 else f"{value:.1e}".replace("-", text.MINUS)


def data_facts(audit: Audit) -> Facts:
    """The evaluation set."""
    data, given = audit.data, audit.model.format == "scores"
    facts = [
        (_("File"), data.path or _("an object in memory")),
        ("SHA-256", text.digest(data.sha256)),
        (nouns(audit).rows.capitalize(), _rows_told(data.rows, data.scored)),
        *pair_facts(audit),
        (_("Label"), data.target or text.NONE),
        (_("Sensitive features"), ", ".join(data.sensitive) or text.NONE),
        (_("Model inputs"), ", ".join(data.features) or (_("none: the scores were given") if given else text.NONE)),
    ]
    optional = (
        (_("Scores within 0.000001 of the threshold"), _near_told(data.near_threshold)),
        (_("Control features"), ", ".join(data.control)),
        (_("Unit"), data.unit),
        (_("Weight"), data.weight),
        (_("Repeated files or texts"), _repeated_told(data.repeated)),
        (_("Source, as declared"), audit.declared.data_source),
        (_("Favourable label, as declared"), audit.declared.favourable),
    )
    return facts + [(name, value) for name, value in optional if value]


def pair_facts(audit: Audit) -> Facts:
    """Samples, people and pairs, and where the threshold comes from; nothing where rows are no pairs."""
    pairs = audit.data.pairs
    if pairs is None:
        return []
    return [
        (_("Samples"), _samples_told(pairs)),
        (_("Kinds of pairs"), _kinds_told(pairs)),
        *([(_("Threshold"), _threshold_told(pairs))] if pairs.target_fmr is not None else []),
    ]


def _samples_told(pairs: PairsInfo) -> str:
    slots = {"samples": text.count(pairs.samples), "people": text.count(pairs.identities)}
    if not pairs.alone:
        return _("{samples} of {people} people").format(**slots)
    alone = text.count(pairs.alone)
    return _("{samples} of {people} people, {alone} of whom have one sample").format(**slots, alone=alone)


def _kinds_told(pairs: PairsInfo) -> str:
    slots = {"one": text.count(pairs.mated), "two": text.count(pairs.nonmated)}
    if pairs.kept >= 1:
        return _("{one} of one person, {two} of two people").format(**slots)
    kept = text.percent(pairs.kept)
    return _("{one} of one person, {two} of two people, of which {kept} were drawn by chance").format(
        **slots, kept=kept
    )


def _threshold_told(pairs: PairsInfo) -> str:
    told = _("chosen on these pairs, so that {share} of those of two people match").format(
        share=text.percent(pairs.target_fmr)
    )
    if pairs.threshold_low is None or pairs.threshold_high is None:
        return told
    low, high = text.decimal(pairs.threshold_low), text.decimal(pairs.threshold_high)
    return _("{told}; interval {low} to {high}").format(told=told, low=low, high=high)


def _near_told(rows: int | None) -> str:
    """How many decisions rounding alone could turn."""
    if rows is None:
        return ""
    told = text.rows(rows)
    return _("{rows}; another machine could decide them otherwise").format(rows=told) if rows else told


def _repeated_told(one: Repeated | None) -> str:
    """`12 different ones in 26 rows; 3 of them in several levels of sex, 2 with different labels`."""
    if one is None:
        return ""
    across = [
        _("{count} in several levels of {feature}").format(count=text.count(items), feature=name)
        for name, items in one.across.items()
        if items
    ]
    if one.other_labels:
        across.append(_("{count} with different labels").format(count=text.count(one.other_labels)))
    told = _("{count} in {rows}").format(count=text.count(one.items), rows=text.rows(one.rows))
    return _("{told}; of them {counts}").format(told=told, counts=", ".join(across)) if across else told


def _rows_told(rows: int | None, scored: int) -> str:
    """Rows of the file and those scored; the former may be held back, as it would tell how few were rejected."""
    read = _("a number that is not shown") if rows is None else text.count(rows)
    return _("{rows}, of which {scored} were scored").format(rows=read, scored=text.count(scored))


def model_facts(audit: Audit) -> Facts:
    """The model."""
    model = audit.model
    facts = [
        (
            _("File"),
            model.path or (_("scores only, no model") if model.format == "scores" else _("an object in memory")),
        ),
        ("SHA-256", text.digest(model.sha256)),
        (_("Format"), model.format),
        (_("Task"), model.task),
    ]
    optional = (
        (
            _("Decision"),
            _("positive where score ≥ {threshold}").format(threshold=text.given(model.threshold))
            if model.threshold is not None
            else "",
        ),
        (_("Positive label"), model.positive),
        (_("Classes"), ", ".join(model.classes)),
        (_("Output"), model.output),
        (_("Intended use, as declared"), audit.declared.intended_use),
        (_("Owner, as declared"), audit.declared.owner),
        (_("Parameters"), text.count(model.parameters) if model.parameters is not None else ""),
        (_("Loading"), model.loading),
    )
    return facts + [(name, value) for name, value in optional if value]


def least_told(audit: Audit) -> str:
    """How many rows (or people) a slice must hold before a pass speaks about it."""
    return f"{text.count(audit.min_size)} {nouns(audit).enough}"


def run_facts(audit: Audit) -> Facts:
    """Where, when and with what it was computed."""
    run = audit.provenance
    spent = sum(run.seconds.values())
    facts = [
        (_("Run"), run_name(audit)),
        ("dlaudit", run.dlaudit),
        ("Python", run.python),
        (_("Packages"), ", ".join(f"{name} {version}" for name, version in run.packages.items()) or text.NONE),
        (_("Seed"), str(run.seed)),
        (_("Device"), run.device),
        (_("Engine"), run.engine),
        (_("Smallest slice that a pass speaks about"), least_told(audit)),
    ]
    optional = (
        (_("Rows of one forward pass"), text.count(run.batch_size) if run.batch_size else ""),
        (_("Started"), run.started),
        (_("Time"), text.seconds(spent) if spent else ""),
        (_("Commit"), run.git),
        (_("Command"), " ".join(["dlaudit", *run.argv]) if run.argv else ""),
        (_("Sandbox"), ", ".join(_limit(key, value) for key, value in run.sandbox.items())),
    )
    return facts + [(name, value) for name, value in optional if value]


def _limit(key: str, value: object) -> str:
    """One limit of the child process in words: sizes are in bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and key in {"memory_limit", "file_size_limit"}:
        return f"{key.replace('_', ' ')} {value / 2**20:,.0f} MiB"
    return f"{key.replace('_', ' ')} {_told(value)}"


def _told(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return text.count(value)
    if isinstance(value, float):
        return text.decimal(value)
    if isinstance(value, list | tuple):
        return ", ".join(_told(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_told(one)}" for key, one in value.items())
    return str(value) if value is not None else text.NONE
