"""What dlaudit answers to a planted gap: the parts it thinks largest, and those it marks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import planted_truth as truth
import torch

import dlaudit
from dlaudit.attributions import Question
from dlaudit.attributions.gaps import GapTables, Pair, decomposition, split_gaps
from dlaudit.attributions.gaps.associations import associations, half_and_half
from dlaudit.attributions.gaps.groups import with_groups
from dlaudit.data.batch import Player
from dlaudit.models.local_host import wrap_model
from dlaudit.models.wire import tensor_table

THRESHOLD = 0.5


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One decomposition against what was planted."""

    right: bool
    """Whether the largest parts are the planted ones, and nothing else."""
    group_right: bool
    """Whether the largest group holds the planted inputs, and no others."""
    found: bool
    """Whether every planted part is marked as more than chance."""
    wrongly_marked: bool
    """Whether anything else is."""
    decidable: bool
    """Whether the gap itself is more than chance at the .05 level."""
    missed: float
    """How far the parts are from adding up to the gap."""


def answered(planted: truth.Planted, seed: int = 0) -> Answered:
    """The decomposition's answer; for a gap of calibration that of the score mix."""
    if planted.answer == {truth.CALIBRATION}:
        return _score_mix(planted)
    players = [Player(name=name, columns=(at,)) for at, name in enumerate(planted.features)]
    question = Question(task="binary", output="logit", players=players, seed=seed)
    tables = GapTables(
        a=_table(planted.a), b=_table(planted.b), labels_a=planted.y_a, labels_b=planted.y_b, threshold=THRESHOLD
    )
    with wrap_model(planted.net) as host:
        split = split_gaps(host, question, tables, [planted.metric])[planted.metric]
    pair = Pair(metric=planted.metric, by=("slice",), slice="slice=A", reference="slice=B")
    made = decomposition(pair, split, np.random.default_rng([seed, 1]), players=players)
    columns = np.concatenate([planted.a, planted.b])
    mass = half_and_half(np.ones(len(planted.a)), np.ones(len(planted.b)))
    made = with_groups(made, split, associations(columns, players, mass), 0.7, np.random.default_rng([seed, 2]))
    parts = {one.feature: one for one in made.contributions}
    if made.label_mix is not None:
        parts[truth.LABEL_MIX] = made.label_mix
    ranked = sorted(parts, key=lambda name: -abs(parts[name].value))
    marked = {name for name, part in parts.items() if part.marked}
    return Answered(
        right=set(ranked[: len(planted.answer)]) == planted.answer,
        group_right=bool(made.groups) and set(made.groups[0].members) == planted.answer,
        found=marked >= planted.answer,
        wrongly_marked=bool(marked - planted.answer),
        decidable=made.low is not None and made.high is not None and made.low * made.high > 0,
        missed=abs(made.gap - sum(one.value for one in parts.values())),
    )


def _table(rows: np.ndarray) -> object:
    return tensor_table({"inputs": rows.astype(np.float32)})


def _score_mix(planted: truth.Planted) -> Answered:
    """An audit of the scores alone: which part of the gap of a rate is score mix, which calibration."""
    frame = pd.DataFrame(
        {
            "score": np.concatenate([truth.scores(planted, planted.a), truth.scores(planted, planted.b)]),
            "y": np.concatenate([planted.y_a, planted.y_b]),
            "slice": ["A"] * len(planted.a) + ["B"] * len(planted.b),
        }
    )
    audit = dlaudit.audit(
        data=frame, target="y", sensitive=["slice"], scores="score", settings={"discover.enabled": False}
    )
    (mix,) = [one for one in audit.score_mixes if one.metric == planted.metric]
    unsupported = 0.0 if mix.unsupported is None else mix.unsupported.value
    (gap,) = [one for one in audit.disparities if one.metric == planted.metric and one.kind == "difference"]
    right = abs(mix.calibration.value) > 3 * abs(mix.mix.value)
    return Answered(
        right=right,
        group_right=right,
        found=mix.calibration.marked,
        wrongly_marked=mix.mix.marked,
        decidable=gap.p_value is not None and gap.p_value <= 0.05,
        missed=abs(mix.gap - mix.mix.value - mix.calibration.value - unsupported),
    )


def one_thread() -> None:
    """Small batches on shared cores are slower with more."""
    torch.set_num_threads(1)
