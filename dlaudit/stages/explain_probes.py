"""Experiments on the model and its inputs, over the kept rows."""

from collections.abc import Sequence

from dlaudit.attributions import background_sample
from dlaudit.probes import ProbeRequest, run_probes
from dlaudit.record import Decomposition, NotApplicable, ProbeResult
from dlaudit.stages.explain_material import Material, players_of
from dlaudit.stages.explain_swaps import swaps

_PROBED = 50_000
"""Rows that probes look at, at most."""


def probe(material: Material, decompositions: Sequence[Decomposition]) -> tuple[list[ProbeResult], list[NotApplicable]]:
    """Results of every probe that applies."""
    material.progress.stage("explain: probes")
    subject, table = material.subject, material.measured.table
    places = background_sample(len(material.kept), _PROBED, material.generator(5))
    rows = material.rows.take(material.kept[places])
    results, left_out = run_probes(
        ProbeRequest(
            slices=table.slices,
            member=table.member[:, material.atoms[places]],
            columns=material.columns(places) if material.encoded_here else None,
            players=players_of(subject),
            encoded=subject.data.features_encoded,
            unit=rows.unit,
            score=rows.score[:, 0] if rows.score.shape[1] == 1 else None,
            decompositions=decompositions,
            capabilities=frozenset(material.host.loaded.capabilities),
            host=material.host,
            seed=subject.spec.run.seed,
            question=material.question.params(),
            layers=subject.spec.explain.layers,
        )
    )
    swapped, unswapped = swaps(subject)
    return [*results, *swapped], [*left_out, *unswapped]
