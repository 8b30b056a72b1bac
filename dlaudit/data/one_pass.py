"""OnePass: what a pass over the rows notes beside them: who was left out, what was altered or repeated, a digest."""

from dlaudit.data.batch import Batch
from dlaudit.data.digests import RowsDigest
from dlaudit.data.inputs_digest import InputsDigest
from dlaudit.data.rejects import LevelOf, Rejects
from dlaudit.data.repeats import Repeats
from dlaudit.data.set_aside import SetAside
from dlaudit.record import Altered, Rejected, Repeated
from dlaudit.spec import AuditSpec


class OnePass:
    """Notes of the last pass over an evaluation set; `level_of` says how the slices name a text, as
    `AtomIndex.level_of` (where absent, a text is its own level).

    Args:
        spec: What was asked.
    """

    def __init__(self, spec: AuditSpec) -> None:
        self._asked = spec
        self._begin()

    def _begin(self) -> None:
        self._rejects, self._alterations, self._repeats = Rejects(), Rejects(), Repeats()
        self._digest, self._set_aside = RowsDigest(), SetAside(self._asked)
        self._inputs_digest = None if self._asked.scores else InputsDigest()

    def rejected(self, level_of: LevelOf | None = None) -> list[Rejected]:
        """The records left out, by reason."""
        return self._rejects.told(level_of)

    def altered(self, level_of: LevelOf | None = None) -> list[Altered]:
        """The records that were changed on the way to the model, by what was done."""
        return [
            Altered(what=one.reason, rows=one.rows, by_slice=one.by_slice) for one in self._alterations.told(level_of)
        ]

    def repeated(self, level_of: LevelOf | None = None) -> Repeated | None:
        """Files or texts that several records held."""
        return self._repeats.told(level_of)

    @property
    def set_aside(self) -> dict[str, dict[str, int]]:
        """Feature to text to rows, of texts that the configuration takes for nothing although they say something."""
        return self._set_aside.rows

    @property
    def rows_sha256(self) -> str | None:
        """Digest of the rows as the model is given them; see `RowsDigest`."""
        return self._digest.told()

    @property
    def inputs_sha256(self) -> str | None:
        """Digest of ids and inputs in any order; see `InputsDigest`. None of given scores."""
        return self._inputs_digest.told() if self._inputs_digest is not None else None

    def _note(self, batch: Batch) -> None:
        """Add the next rows to the digests."""
        self._digest.add(batch)
        if self._inputs_digest is not None:
            self._inputs_digest.add(batch)
