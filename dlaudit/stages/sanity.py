"""Signs of a broken model: other scalings that would do better, inputs unlike those it was trained on, dead inputs."""

from dataclasses import replace
from typing import Any

import numpy as np

from dlaudit.findings.broken_rules import CONSTANT, DEAD, INPUTS, NORM, ORDER, SATURATED, SCALING, SHIFT
from dlaudit.metrics.broken import better_order, better_scaling, better_shift, same_everywhere, saturated
from dlaudit.metrics.rows import ScoredRows
from dlaudit.models.replies import forged, number_of, numbers
from dlaudit.models.sanity_names import AS_IT_IS, SCALINGS
from dlaudit.record import NotApplicable, ProbeResult
from dlaudit.stages.explain import Explained
from dlaudit.stages.explain_material import players_of
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject, inputs_table
from dlaudit.stages.score import Scored

LOOK_OVER = "dlaudit.models.sanity:look_over"
MOST_ROWS, LEAST_ROWS = 512, 128
WORK = 2**31
"""Parameters times rows that each scaling may take, for models so large that fewer rows must do."""


def looked_over(explained: Explained, subject: Subject, scored: Scored, measured: Measured) -> Explained:
    """What was explained, with signs of a broken model beside the other experiments."""
    rows = measured.rows
    if rows is None or len(rows) == 0:
        return explained
    found = [*_of_scores(subject, rows)]
    left_out: list[NotApplicable] = []
    if subject.host is not None and len(scored.inputs.positions) > 1 and subject.spec.explain.checks:
        found += _of_inputs(subject, scored, rows)
    elif subject.host is not None:
        reason = "explain.enabled or explain.checks is false, so that no inputs were kept for it"
        left_out = [NotApplicable(what="a look at other scalings of the inputs", reason=reason)]
    return replace(
        explained,
        probes=[*explained.probes, *found],
        not_applicable=[*explained.not_applicable, *left_out],
    )


def _of_scores(subject: Subject, rows: ScoredRows) -> list[ProbeResult]:
    """What the scores alone tell."""
    found = []
    if same_everywhere(rows.score):
        found.append(
            ProbeResult(probe=CONSTANT, subject="model", value=float(rows.score[0, 0]), detail={"rows": len(rows)})
        )
    elif rows.probabilities and subject.output in {"logit", "probability"}:
        share = saturated(rows.score)
        found.append(ProbeResult(probe=SATURATED, subject="model", value=share, detail={"rows": len(rows)}))
    shift = better_shift(rows)
    if shift is not None:
        other, by = shift
        detail = {"metric": other.metric, "now": other.now, "then": other.then, "rows": other.rows, "by": by}
        found.append(ProbeResult(probe=SHIFT, subject=other.name, value=other.then - other.now, detail=detail))
    order = better_order(rows)
    if order is not None:
        better, classes = order
        names = rows.classes
        detail = {
            "now": better.now,
            "then": better.then,
            "rows": better.rows,
            "order": {names[at]: names[to] for at, to in enumerate(classes)},
        }
        found.append(ProbeResult(probe=ORDER, subject="model", value=better.then - better.now, detail=detail))
    return found


def _of_inputs(subject: Subject, scored: Scored, rows: ScoredRows) -> list[ProbeResult]:
    """What the model makes of a sample of rows as they are, and scaled otherwise."""
    assert subject.host is not None
    loaded, task = subject.host.loaded, subject.labels.task
    most = int(np.clip(WORK // max(1, 20 * (loaded.parameters or 1)), LEAST_ROWS, MOST_ROWS))
    kept = scored.inputs.positions
    at = np.sort(np.random.default_rng([subject.spec.run.seed, 7]).permutation(len(kept))[:most])
    params = {
        "task": task,
        "output": subject.output,
        "classes": len(subject.labels.classes),
        "batch_size": subject.batch_rows,
        "scalings": task in {"binary", "multiclass"},
    }
    result, tables = subject.host.call(LOOK_OVER, params, {"inputs": inputs_table(scored.inputs.take(at))})
    chosen = rows.take(kept[at])
    names = list(SCALINGS) if len(tables["scores"].column_names) > 1 else [AS_IT_IS]
    width = len(subject.labels.classes) if task in {"multiclass", "multilabel"} else 1
    scores = {
        name: numbers(tables["scores"], f"scaling {number}", (len(at), width)) for number, name in enumerate(names)
    }
    as_it_is = scores.pop(AS_IT_IS)
    found = []
    better = better_scaling(replace(chosen, score=as_it_is), scores) if np.isfinite(as_it_is).all() else None
    least, most_seen = number_of(result, "least"), number_of(result, "most")
    if better is not None:
        detail = {
            "metric": better.metric,
            "now": better.now,
            "then": better.then,
            "rows": better.rows,
            "least": least,
            "most": most_seen,
        }
        found.append(ProbeResult(probe=SCALING, subject=better.name, value=better.then - better.now, detail=detail))
    return [*found, *_norm(result), *_idle(result, subject, len(at))]


def _norm(result: dict[str, Any]) -> list[ProbeResult]:
    given = result["batch_norm"]
    if given is None:
        return []
    if not isinstance(given, dict) or not isinstance(given.get("untrained"), bool):
        raise forged("statistics of another form")
    shift, spread = number_of(given, "shift"), number_of(given, "spread")
    if shift is None or spread is None:
        raise forged("statistics that are none")
    detail = {"spread": spread, "untrained": given["untrained"]}
    return [ProbeResult(probe=NORM, subject="model", value=shift, detail=detail)]


def _idle(result: dict[str, Any], subject: Subject, rows: int) -> list[ProbeResult]:
    """Inputs that change no score, and inputs of one value: players of which all columns are so."""
    found = []
    for probe, key in ((DEAD, "dead"), (INPUTS, "constant")):
        columns = result[key]
        if not isinstance(columns, list) or not all(isinstance(one, int) for one in columns):
            raise forged("columns that are none")
        names = [one.name for one in players_of(subject) if one.columns and set(one.columns) <= set(columns)]
        if names:
            detail = {"inputs": names, "rows": rows}
            found.append(ProbeResult(probe=probe, subject="model", value=float(len(names)), detail=detail))
    return found
