"""What chance alone would show beside a gap: a small mark and a sentence, never a verdict."""

from dataclasses import dataclass

from dlaudit.outputs import text
from dlaudit.outputs.gap_sentences import change_of
from dlaudit.outputs.view.axis import Axis
from dlaudit.outputs.words import Sentence, said
from dlaudit.record import Audit, Disparity, Spread


@dataclass(frozen=True)
class Chance:
    """A block as wide as the mean noise, a line as wide as one sample in twenty exceeds, beginning at the lowest value
    of the slices.
    """

    x: str
    width: str
    end: str
    far: str
    told: Sentence
    method: str


def chance(audit: Audit, metric: str, feature: str, axis: Axis) -> Chance | None:
    """What chance alone would show of the metric over the feature; None where nobody computed it."""
    gap = next((one for one in audit.disparities if _is_difference(one, metric, feature)), None)
    if gap is None or gap.spread is None:
        return None
    values = {one.slice: one.value for one in audit.measurements if one.metric == metric and one.value is not None}
    lowest = min((values[one] for one in gap.slices if one in values), default=axis.low)
    mean, far = lowest + gap.spread.noise_mean, lowest + gap.spread.noise_95
    return Chance(
        x=axis.at(lowest),
        width=axis.width(lowest, mean),
        end=axis.at(mean),
        far=axis.at(far),
        told=chance_told(metric, gap.spread),
        method=text.prose(gap.spread.method),
    )


def _is_difference(one: Disparity, metric: str, feature: str) -> bool:
    return one.metric == metric and one.by == [feature] and one.kind == "difference" and not one.within


def chance_told(metric: str, spread: Spread) -> Sentence:
    """What equal slices would show, and what is estimated to lie behind the gap."""

    def size(value: float) -> str:
        return change_of(metric, value).lstrip("+")

    told = said("chance", mean=size(spread.noise_mean), far=size(spread.noise_95))
    if spread.shrunken == 0 and spread.between_sd in (0, None):
        return told + said("chance_explains")
    known = {"value": spread.shrunken, "sd": spread.between_sd}
    key = {(True, True): "shrunken_between", (True, False): "shrunken", (False, True): "between"}.get(
        (spread.shrunken is not None, spread.between_sd is not None)
    )
    slots = {slot: size(value) for slot, value in known.items() if value is not None}
    return told + said(key, **slots) if key else told
