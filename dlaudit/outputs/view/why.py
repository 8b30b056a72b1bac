"""Why: gaps split over inputs, and what moves the score in each slice."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.catalogue import METHODS, TEXT
from dlaudit.outputs.order import slices_of
from dlaudit.outputs.sentences import FOLDED, gap_told, made_of
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.words import Name, Sentence, capitalised, label, level, plain, said
from dlaudit.record import OVERALL, Attribution, Audit, Contribution, Decomposition

MOST_INPUTS = 12
ROUNDING = 1e-9


@dataclass(frozen=True)
class Bar:
    """One contribution, drawn from where the ones before it end."""

    name: str
    columns: list[str]
    value: str
    interval: str
    share: str
    x: str
    width: str
    end: str
    lowers: bool
    unclear: bool
    """Whether the interval includes 0."""


@dataclass(frozen=True)
class Split:
    """A gap between two slices as a waterfall."""

    title: Sentence
    told: Sentence
    made_of: Sentence
    note: Sentence
    caption: str
    bars: list[Bar]
    sensitive: list[str]
    """Inputs that are sensitive features themselves."""
    gap: str
    whole: str
    """The share of the gap in itself."""
    interval: str
    zero: str
    x: str
    width: str
    basis: str
    estimand: str


@dataclass(frozen=True)
class Mean:
    """Mean contribution of one input by one method in one slice."""

    value: str
    interval: str
    bucket: str


@dataclass(frozen=True)
class Profile:
    """Mean contributions of every input in the slices of one sensitive feature."""

    feature: str
    methods: list[str]
    slices: list[tuple[str, str]]
    """Level and rows explained."""
    rows: list[tuple[str, list[Mean | None]]]


@dataclass(frozen=True)
class Why:
    """The section."""

    splits: list[Split]
    profiles: list[Profile]
    reasons: list[tuple[str, str]]
    """What is missing and why."""
    doubt: str


def why(audit: Audit) -> Why:
    """Decompositions, widest gap first, and attributions by sensitive feature."""
    ordered = sorted(audit.decompositions, key=lambda one: -abs(one.gap))
    missing = {"attributions": audit.attributions, "decompositions": audit.decompositions}
    return Why(
        splits=[_split(audit, one) for one in ordered],
        profiles=_profiles(audit),
        reasons=[(one.what, one.reason) for one in audit.not_applicable if missing.get(one.what) == []],
        doubt=TEXT["why_doubt"] if any(one.ok is False for one in audit.quality) else "",
    )


def _split(audit: Audit, one: Decomposition) -> Split:
    shown = _folded(one)
    ends = [0.0]
    for part in shown:
        ends.append(ends[-1] + part.value)
    axis = Axis.around([*ends, 0.0, one.gap])
    unclear = one.low is not None and one.high is not None and one.low <= 0 <= one.high
    written = text.changes(max([abs(one.gap), *(abs(part.value) for part in shown)]))
    noise = f", error of a bar from the random pairing at most {text.decimal(one.noise)}" if one.noise else ""
    return Split(
        title=(Name(f"{_short(audit, one.slice)} against {_short(audit, one.reference)}"),),
        told=capitalised(gap_told(audit, one)),
        made_of=made_of(one),
        note=said("why_unclear") if unclear else (),
        caption=TEXT["why_caption"].format(
            label=plain(label(one.metric)), slice=text.name(one.slice), reference=text.name(one.reference)
        ),
        bars=[_bar(part, (ends[at], one.gap), axis, written) for at, part in enumerate(shown)],
        sensitive=audit.data.sensitive,
        gap=written(one.gap),
        whole=text.percent(1.0),
        interval=text.span(one.low, one.high, written),
        zero=axis.at(0.0),
        x=axis.at(min(0.0, one.gap)),
        width=axis.width(0.0, one.gap),
        basis=f"{text.count(one.rows)} rows{noise}",
        estimand=text.prose(one.estimand),
    )


def _folded(one: Decomposition) -> list[Contribution]:
    """The contributions, small ones added up to one, and the residual where it is more than rounding."""
    largest = max((abs(part.value) for part in one.contributions), default=0.0)
    kept = [part for part in one.contributions if abs(part.value) >= FOLDED * largest][:MOST_INPUTS]
    small = [part for part in one.contributions if part not in kept]
    if len(small) == 1:
        kept, small = [*kept, *small], []
    if small:
        value = sum(part.value for part in small)
        kept = [
            *kept,
            Contribution(feature=f"{len(small)} other inputs", value=value, columns=[p.feature for p in small]),
        ]
    if abs(one.residual) > max(ROUNDING, 1e-3 * largest):
        kept = [*kept, Contribution(feature="left over by sampling", value=one.residual)]
    return kept


def _bar(part: Contribution, run: tuple[float, float], axis: Axis, written: text.Format) -> Bar:
    start, gap = run
    end = start + part.value
    unclear = part.low is not None and part.high is not None and part.low <= 0 <= part.high
    return Bar(
        name=part.feature,
        columns=part.columns,
        value=written(part.value),
        interval=text.span(part.low, part.high, written),
        share=text.percent(part.value / gap) if gap and abs(part.value / gap) <= 10 else text.NONE,
        x=axis.at(min(start, end)),
        width=axis.width(start, end),
        end=axis.at(end),
        lowers=part.value < 0,
        unclear=unclear,
    )


def _short(audit: Audit, slice_id: str) -> str:
    found = next((one for one in audit.slices if one.id == slice_id), None)
    return " & ".join(level(found.where[feature]) for feature in found.by) if found and found.where else slice_id


def _profiles(audit: Audit) -> list[Profile]:
    means = {(one.method, one.slice, one.feature): one for one in audit.attributions}
    if not means:
        return []
    methods = list(dict.fromkeys(one.method for one in audit.attributions))
    inputs = _inputs(audit.attributions)
    largest = max(abs(one.mean) for one in audit.attributions) or 1.0
    made = []
    for feature in [*audit.data.sensitive, *([] if audit.data.sensitive else [""])]:
        slices = [one for one in slices_of(audit, [feature]) if any(key[1] == one.id for key in means)]
        explained = {one.id: max(m.rows for key, m in means.items() if key[1] == one.id) for one in slices}
        columns = (
            [(OVERALL, OVERALL, 0)]
            if not slices
            else [(one.id, level(one.where[feature]), explained[one.id]) for one in slices]
        )
        rows = [
            (
                name,
                [_mean(means.get((m, slice_id, name)), largest) for slice_id, _, _ in columns for m in methods],
            )
            for name in inputs
        ]
        made.append(
            Profile(
                feature=feature,
                methods=[METHODS.get(one, one) for one in methods],
                slices=[(shown, text.count(n)) for _, shown, n in columns],
                rows=rows,
            )
        )
    return made


def _inputs(attributions: list[Attribution]) -> list[str]:
    """The inputs with the largest mean absolute contributions, largest first."""
    size: dict[str, float] = {}
    for one in attributions:
        size[one.feature] = max(size.get(one.feature, 0.0), one.mean_abs)
    return sorted(size, key=lambda name: (-size[name], name))[:MOST_INPUTS]


def _mean(one: Attribution | None, largest: float) -> Mean | None:
    if one is None:
        return None
    unclear = one.low is None or one.high is None or one.low <= 0 <= one.high
    step = min(4, round(abs(one.mean) / largest * 4))
    step = min(1, step) if unclear else step
    bucket = "mid" if step == 0 else f"{'lo' if one.mean < 0 else 'hi'}{step}"
    written = text.changes(largest)
    return Mean(written(one.mean), text.span(one.low, one.high, written), bucket)
