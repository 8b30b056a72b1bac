"""What the checks of explanations look at: rows of every slice, and references that no method has used."""

import numpy as np

from dlaudit.attributions import Checking, RowSample, stratified_sample, unused_sample
from dlaudit.attributions.checks.found import CheckSettings
from dlaudit.stages.explain_material import Material

REFERENCES = 256
"""Reference rows of the checks' own, at most."""
ENOUGH = 32
"""With fewer rows that are neither explained nor background, explained ones serve as references of one another."""
_SETTINGS = CheckSettings()


def checking(material: Material, sample: RowSample, background: np.ndarray) -> Checking:
    """The rows that are checked, spread over the slices as the explained ones are, and references of the checks' own.

    Args:
        material: Rows and model.
        sample: The explained rows.
        background: What the methods compare with, as places among the kept rows.
    """
    atoms, generator = material.atoms[sample.rows], material.generator(8)
    rows = stratified_sample(atoms, _SETTINGS.most, generator).rows
    again = rows[stratified_sample(atoms[rows], _SETTINGS.again_most, generator).rows]
    references = _references(material, sample, background)
    return Checking(rows=rows, again=again, references=None if references is None else material.inputs(references))


def _references(material: Material, sample: RowSample, background: np.ndarray) -> np.ndarray | None:
    """Places of rows that are neither explained nor background; of explained ones where there are too few."""
    generator = material.generator(9)
    for used in (np.union1d(background, sample.rows), background):
        found = unused_sample(len(material.kept), used, REFERENCES, generator)
        if len(found) >= ENOUGH:
            return found
    return None
