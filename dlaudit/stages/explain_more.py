"""Further rows explained as those of the sample were: the few that are shown one by one."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dlaudit.attributions import adding_up, explain_rows
from dlaudit.stages.explain_material import Material
from dlaudit.stages.explain_plan import ExplainSetup
from dlaudit.stages.explain_rows import RowsExplained
from dlaudit.stages.explain_table import KeptRows, kept_rows
from dlaudit.stages.explain_words import kept_words

SHARE = 2
"""At most one half of the sample's rows, and of the passes that they took, come in addition."""


@dataclass(frozen=True, kw_only=True)
class Further:
    """What explaining further rows takes."""

    material: Material
    """Rows and model."""
    setup: ExplainSetup
    """How the rows of the sample were explained."""
    method: str
    """The method that is shown first."""
    passes: float
    """What explaining the rows of the sample took."""

    def rows(self, positions: np.ndarray[Any, Any]) -> list[KeptRows]:
        """Contributions of those of the scored rows whose inputs are kept, one by one, within half of what the sample
        took: half as many rows, and half as many passes.

        One by one, so that a row whose contributions do not add up does not take those of the others with it; it is
        left out itself.

        Args:
            positions: Places among the scored rows, those that matter most first.
        """
        most = len(self.setup.sample.rows) // SHARE
        at = positions[np.isin(positions, self.material.kept)][:most]
        found, spent = [], 0.0
        for place in np.searchsorted(self.material.kept, at):
            if spent >= self.passes / SHARE:
                break
            kept, passes = self._explained(np.array([place]))
            spent += passes
            found += [kept] if kept is not None else []
        return found

    def _explained(self, places: np.ndarray[Any, Any]) -> tuple[KeptRows | None, float]:
        """Contributions of the kept rows at those places, None where they do not add up; and the passes it took."""
        spec = self.material.subject.spec.explain
        answer = explain_rows(
            self.material.host,
            self.material.question,
            (self.material.inputs(places), self.material.inputs(self.setup.background)),
            [self.method],
            {
                "steps": spec.steps,
                "evaluations": self.setup.plan.size.evaluations,
                "tolerance": spec.tolerance,
                "checks": False,
                "opinions": 0,
            },
            self.material.progress.advance,
        )
        visible, _ = adding_up(answer, spec.tolerance)
        words = self.material.words(places)
        if not visible.methods:
            return None, answer.passes
        if words is None:
            return kept_rows(visible, self.material, places), answer.passes
        return kept_words(visible, self.material, places, words), answer.passes


def further_of(material: Material, setup: ExplainSetup, by_row: RowsExplained) -> Further | None:
    """What explaining further rows takes; None where no method explained the rows of the sample."""
    kept = by_row.kept
    if by_row.answer is None or kept is None or not kept.table.num_rows or "method" not in kept.table.column_names:
        return None
    method = str(kept.table.column("method")[0].as_py())
    return Further(material=material, setup=setup, method=method, passes=by_row.answer.passes)
