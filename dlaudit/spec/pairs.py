"""`[pairs]`: rows that are pairs of samples, as in face or speaker verification."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from dlaudit.spec.base import Positive, Section

SIMILARITY = "similarity"
"""Column of the cosine of the two embeddings."""


class PairsSpec(Section):
    """`[pairs]`: every row to audit is a pair of samples, and the question is whether both are of one person.

    `data.path` is a table with one record for each sample, all pairs of which are compared; or, with `a` and `b`, a
    list of pairs.
    """

    identity: str | None = None
    """Samples: column that says whose each is. In a list of pairs without `samples`, `a` and `b` are identities."""
    embeddings: str | None = None
    """A .npy or .npz file of embeddings [samples, dimensions], in the order of the samples' records."""
    key: str | None = None
    """Name of the array in an .npz file, where it holds several."""
    vector: str | None = None
    """Samples in Parquet: column of lists of numbers that holds the embeddings."""
    a: str | None = None
    """List of pairs: column of the first sample."""
    b: str | None = None
    """List of pairs: column of the second sample."""
    samples: str | None = None
    """List of pairs: the table of the samples, with their identities, demographics and embeddings."""
    sample: str | None = None
    """Column of `samples` that `a` and `b` refer to; `identity` where absent."""
    target_fmr: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Choose the threshold at which this share of all non-mated pairs of these data matches. It is then chosen on the
    data that are audited, which is said; `model.threshold` takes one that was chosen elsewhere."""
    max_pairs: Positive = 2_000_000
    """Pairs that are audited at most: beyond it, non-mated pairs are a uniform sample, which is said."""

    @model_validator(mode="after")
    def _whole(self) -> "PairsSpec":
        if (self.a is None) != (self.b is None):
            raise ValueError("a list of pairs has two columns: name both a and b")
        if self.a is None and self.identity is None:
            raise ValueError("name the column that says whose each sample is: identity")
        if self.a is None and (self.samples is not None or self.sample is not None):
            raise ValueError("samples and sample belong to a list of pairs: name its columns a and b")
        if self.embeddings is not None and self.vector is not None:
            raise ValueError("give embeddings (a file) or vector (a column), not both")
        return self


def scores_of_pairs(given: Any) -> Any:
    """The tables of a configuration with the cosine as its score, where pairs have neither a model nor scores."""
    if not isinstance(given, dict) or not given.get("pairs") or given.get("scores"):
        return given
    model = given.get("model")
    has_model = isinstance(model, dict) and model.get("path")
    return given if has_model else {**given, "scores": [SIMILARITY]}
