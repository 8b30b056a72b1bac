"""Contributions of units inside the model, for the layer methods that were asked for."""

from collections.abc import Sequence

from dlaudit.attributions import Pair, explain_layers, layer_attributions
from dlaudit.record import LayerAttribution, NotApplicable
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_plan import ExplainSetup
from dlaudit.stages.explain_rows import explained_rows


def explain_units(
    material: Material, setup: ExplainSetup, pairs: Sequence[Pair]
) -> tuple[list[LayerAttribution], list[NotApplicable]]:
    """Units of the layers that `explain.layers` names, over slices and as parts of gaps of the mean score.

    Args:
        material: Rows and model.
        setup: Which rows are explained.
        pairs: Gaps of the mean score.
    """
    spec = material.subject.spec.explain
    if not spec.layers:
        return [], []
    if not len(setup.sample.rows):
        return [], [NotApplicable(what="layers", reason="no row is explained")]
    material.progress.stage("explain: layers")
    answers, left_out = explain_layers(
        material.host,
        material.question,
        (material.inputs(setup.sample.rows), material.inputs(setup.background)),
        spec.layers,
        {"steps": spec.steps, "tolerance": spec.tolerance},
    )
    rows = explained_rows(material, setup)
    return layer_attributions(answers, rows, pairs, material.generator(7)), left_out
