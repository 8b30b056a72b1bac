"""What was audited and how: findings, data, method, limits."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.nouns import nouns
from dlaudit.outputs.words import Sentence, label
from dlaudit.record import Audit, Repeated

MOST_EVIDENCE = 12


@dataclass(frozen=True)
class FindingView:
    """One finding."""

    code: str
    severity: str
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


def findings(audit: Audit) -> list[FindingView]:
    """The findings with their evidence in words."""
    return [
        FindingView(
            code=one.code,
            severity=one.severity,
            subject=one.subject,
            message=one.message,
            next_step=one.next_step,
            evidence=[(key.replace("_", " "), _told(value)) for key, value in one.evidence.items()][:MOST_EVIDENCE],
        )
        for one in audit.findings
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
            compared=f"{text.count(one.defined)} of {text.count(one.cells)} slices",
            difference=_disagreement(one.largest_difference),
            note=one.note,
        )
        for one in audit.cross_checks
    ]


def _disagreement(value: float | None) -> str:
    if value is None:
        return "no slice is defined on both sides"
    return "none" if value == 0 else f"{value:.1e}".replace("-", text.MINUS)


def data_facts(audit: Audit) -> Facts:
    """The evaluation set."""
    data, given = audit.data, audit.model.format == "scores"
    facts = [
        ("File", data.path or "an object in memory"),
        ("SHA-256", text.digest(data.sha256)),
        (nouns(audit).rows.capitalize(), _rows_told(data.rows, data.scored)),
        *pair_facts(audit),
        ("Label", data.target or text.NONE),
        ("Sensitive features", ", ".join(data.sensitive) or text.NONE),
        ("Model inputs", ", ".join(data.features) or ("none: the scores were given" if given else text.NONE)),
    ]
    optional = (
        ("Control features", ", ".join(data.control)),
        ("Unit", data.unit),
        ("Weight", data.weight),
        ("Repeated files or texts", _repeated_told(data.repeated)),
        ("Source, as declared", audit.declared.data_source),
        ("Favourable label, as declared", audit.declared.favourable),
    )
    return facts + [(name, value) for name, value in optional if value]


def pair_facts(audit: Audit) -> Facts:
    """Samples, people and pairs, and where the threshold comes from; nothing where rows are no pairs."""
    pairs = audit.data.pairs
    if pairs is None:
        return []
    mated, others = text.count(pairs.mated), text.count(pairs.nonmated)
    kept = "" if pairs.kept >= 1 else f", of which {text.percent(pairs.kept)} were drawn by chance"
    alone = f", {text.count(pairs.alone)} of whom have one sample" if pairs.alone else ""
    facts = [
        ("Samples", f"{text.count(pairs.samples)} of {text.count(pairs.identities)} people{alone}"),
        ("Kinds of pairs", f"{mated} of one person, {others} of two people{kept}"),
    ]
    if pairs.target_fmr is not None:
        told = f"chosen on these pairs, so that {text.percent(pairs.target_fmr)} of those of two people match"
        if pairs.threshold_low is not None and pairs.threshold_high is not None:
            told += f"; interval {text.decimal(pairs.threshold_low)} to {text.decimal(pairs.threshold_high)}"
        facts.append(("Threshold", told))
    return facts


def _repeated_told(one: Repeated | None) -> str:
    """`12 different ones in 26 rows; 3 of them in several levels of sex, 2 with different labels`."""
    if one is None:
        return ""
    across = [f"{text.count(items)} in several levels of {name}" for name, items in one.across.items() if items]
    across += [f"{text.count(one.other_labels)} with different labels"] if one.other_labels else []
    told = f"{text.count(one.items)} in {text.count(one.rows)} rows"
    return f"{told}; of them {', '.join(across)}" if across else told


def _rows_told(rows: int | None, scored: int) -> str:
    """Rows of the file and those scored; the former may be held back, as it would tell how few were rejected."""
    read = "a number that is not shown" if rows is None else text.count(rows)
    return f"{read}, of which {text.count(scored)} were scored"


def model_facts(audit: Audit) -> Facts:
    """The model."""
    model = audit.model
    facts = [
        (
            "File",
            model.path or ("scores only, no model" if model.format == "scores" else "an object in memory"),
        ),
        ("SHA-256", text.digest(model.sha256)),
        ("Format", model.format),
        ("Task", model.task),
    ]
    optional = (
        (
            "Decision",
            f"positive where score ≥ {text.given(model.threshold)}" if model.threshold is not None else "",
        ),
        ("Positive label", model.positive),
        ("Classes", ", ".join(model.classes)),
        ("Output", model.output),
        ("Intended use, as declared", audit.declared.intended_use),
        ("Owner, as declared", audit.declared.owner),
        ("Parameters", text.count(model.parameters) if model.parameters is not None else ""),
        ("Loading", model.loading),
    )
    return facts + [(name, value) for name, value in optional if value]


def run_facts(audit: Audit) -> Facts:
    """Where, when and with what it was computed."""
    run = audit.provenance
    spent = sum(run.seconds.values())
    facts = [
        ("dlaudit", run.dlaudit),
        ("Python", run.python),
        ("Packages", ", ".join(f"{name} {version}" for name, version in run.packages.items()) or text.NONE),
        ("Seed", str(run.seed)),
        ("Device", run.device),
        ("Engine", run.engine),
        ("Smallest slice that a pass speaks about", f"{text.count(audit.min_size)} {nouns(audit).enough}"),
    ]
    optional = (
        ("Rows of one forward pass", text.count(run.batch_size) if run.batch_size else ""),
        ("Started", run.started),
        ("Time", text.seconds(spent) if spent else ""),
        ("Commit", run.git),
        ("Command", " ".join(["dlaudit", *run.argv]) if run.argv else ""),
        ("Sandbox", ", ".join(_limit(key, value) for key, value in run.sandbox.items())),
    )
    return facts + [(name, value) for name, value in optional if value]


def _limit(key: str, value: object) -> str:
    """One limit of the child process in words: sizes are in bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and key in {"memory_limit", "file_size_limit"}:
        return f"{key.replace('_', ' ')} {value / 2**20:,.0f} MiB"
    return f"{key.replace('_', ' ')} {_told(value)}"


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return text.count(value)
    if isinstance(value, float):
        return text.decimal(value)
    if isinstance(value, list | tuple):
        return ", ".join(_told(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_told(one)}" for key, one in value.items())
    return str(value) if value is not None else text.NONE
