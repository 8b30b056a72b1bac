"""Verification: a table of samples, or a list of pairs, as rows that ask whether two samples are of one person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from dlaudit.data.cells import as_text, is_missing
from dlaudit.data.names import require
from dlaudit.data.open import open_file
from dlaudit.data.pairs_blocks import AllPairs, Compared, ListedPairs, repeats
from dlaudit.data.pairs_names import PEOPLE, SAME, levels_apart
from dlaudit.data.pairs_samples import Samples, levels_in, people_in, read_samples
from dlaudit.data.pairs_source import PairsSource
from dlaudit.data.pairs_threshold import Threshold, threshold_at
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, UsageError, listed, shown
from dlaudit.record.pairs import PairsInfo
from dlaudit.spec import AuditSpec, PairsSpec
from dlaudit.spec.pairs import SIMILARITY

SHOWN = ["false_positive_rate", "false_negative_rate", "equal_error_rate", "auc"]
"""Metrics of verification: false match rate, false non-match rate, equal error rate."""
MOST_COMPARED = 20_000_000_000
"""Pairs among which those that are audited can be chosen: each takes a similarity, half an hour of one core in all."""
_CHUNK = 65_536


def with_pairs(raw: RawTable, spec: AuditSpec, has_model: bool = False) -> tuple[RawTable, AuditSpec]:
    """The table with one record for each pair, and the specification that audits it; both themselves without [pairs].

    Args:
        raw: Samples, or a list of pairs.
        spec: What was asked.
        has_model: Whether a model scores the pairs; else their cosine or a column does.

    Raises:
        UsageError: The configuration of the pairs cannot be used (DLA107).
        DataRefused: A column is absent (DLA308), or pairs cannot be made (DLA361).
    """
    asked = spec.pairs
    if asked is None:
        return raw, spec
    if has_model:
        spec = spec.model_copy(update={"scores": []})
    features = _features(spec)
    pairs = _all(raw, spec, asked, features) if asked.a is None else _listed(raw, spec, asked, features)
    _check_scored(pairs, spec, has_model)
    chosen = None
    if asked.target_fmr is not None:
        chosen = threshold_at(pairs, asked.target_fmr)
    listed, samples = (None, raw) if asked.a is None else (raw, None)
    source = PairsSource(pairs, _info(pairs, asked, chosen), listed, samples)
    own_rows = len(pairs.first) if isinstance(pairs, ListedPairs) else None
    table = replace(raw, columns=source.columns, rows=own_rows, source=source, beside=None, joined=(), several={})
    return table, _as_audited(spec, pairs, chosen)


def _features(spec: AuditSpec) -> list[str]:
    named = list(dict.fromkeys([*(spec.slices.sensitive or []), *spec.slices.control]))
    if not spec.slices.sensitive:
        raise UsageError(
            "DLA308",
            "the demographic columns of pairs are not guessed",
            expected="slices.sensitive",
            fix="Name the columns of the samples: --sensitive sex.",
        )
    wrong = {"slices.bins": [n for n in spec.slices.bins if n in named], "slices.multi": list(spec.slices.multi)}
    wrong["data.unit"] = [spec.data.unit] if spec.data.unit else []
    for key, columns in wrong.items():
        if columns:
            raise UsageError(
                "DLA107",
                f"{key} is given for {listed(columns)}, and rows are pairs",
                fix="The two people of a pair are its units."
                if key == "data.unit"
                else "Give every sample one level in a column of its own: cut numbers before the audit.",
            )
    return named


def _all(raw: RawTable, spec: AuditSpec, asked: PairsSpec, features: list[str]) -> AllPairs:
    assert asked.identity is not None
    samples = read_samples(raw, spec, features, asked.identity)
    if samples.vectors is None:
        raise UsageError(
            "DLA107",
            "all pairs of samples are to be compared, and their embeddings are not given",
            expected="pairs.embeddings (a .npy or .npz file) or pairs.vector (a column)",
            fix="Name them; or give a list of pairs with a column of scores: pairs.a, pairs.b and --score COLUMN.",
        )
    _check_number(samples, asked.max_pairs)
    return AllPairs(samples=samples, most=asked.max_pairs, seed=spec.run.seed)


def _check_number(samples: Samples, most: int) -> None:
    count = len(samples) * (len(samples) - 1) // 2
    if samples.mated > most:
        what, fix = (
            f"{samples.mated:,} pairs are of one person",
            "Keep fewer samples of each, or raise pairs.max_pairs.",
        )
        raise DataRefused("DLA361", what, expected=f"at most pairs.max_pairs = {most:,}", fix=fix)
    if count > MOST_COMPARED:
        what, fix = f"{len(samples):,} samples have {count:,} pairs", "Give a list of pairs: pairs.a, pairs.b."
        raise DataRefused("DLA361", what, expected=f"at most {MOST_COMPARED:,} to choose from", fix=fix)


def _listed(raw: RawTable, spec: AuditSpec, asked: PairsSpec, features: list[str]) -> ListedPairs:
    assert asked.a is not None and asked.b is not None
    require([asked.a, asked.b], raw.columns, key="pairs", file=raw.path)
    theirs = {name: [f"{name}_a", f"{name}_b"] for name in features if {f"{name}_a", f"{name}_b"} <= {*raw.columns}}
    named = [asked.a, asked.b, *(column for sides in theirs.values() for column in sides)]
    table = pa.Table.from_batches(list(raw.batches(_CHUNK, list(dict.fromkeys(named)))))
    a, b = (table.column(name).combine_chunks() for name in (asked.a, asked.b))
    if asked.samples is not None:
        rest = [name for name in features if name not in theirs and name not in raw.columns]
        other = open_file(asked.samples, spec.data)
        key = asked.sample or asked.identity
        if key is None:
            raise UsageError("DLA107", "what a and b refer to is not given", fix="Name the column: pairs.sample.")
        samples = read_samples(other, spec, rest, asked.identity or key)
        place = _places(other, key, spec)
        first, second = (_found(raw, place, column, name) for column, name in ((a, asked.a), (b, asked.b)))
        _check_two(raw, asked.b, first, second)
    else:
        samples, first, second = _own_samples(raw, spec, (asked.a, asked.b), (a, b))
    twice = repeats(first, second)
    sides = {name: [levels_in(table.column(one).combine_chunks(), spec) for one in theirs[name]] for name in theirs}
    pairs = ListedPairs(samples=samples, first=first, second=second, repeated=twice)
    return _by_sides(pairs, sides) if sides else pairs


def _own_samples(
    raw: RawTable, spec: AuditSpec, names: tuple[str, str], cells: tuple[pa.Array, pa.Array]
) -> tuple[Samples, Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """A sample for each side of each pair, of a list whose columns are identities."""
    for name, column in zip(names, cells, strict=True):
        people_in(column, raw, spec, name)
    person = people_in(pa.concat_arrays([as_text(one) for one in cells]), raw, spec, names[0])
    count = len(person) // 2
    return Samples(person=person, levels={}, vectors=None), np.arange(count), np.arange(count, 2 * count)


def _by_sides(pairs: ListedPairs, sides: dict[str, list[Any]]) -> ListedPairs:
    """The same pairs with a sample of its own for each side, so that it has the levels that stand in the list."""
    samples, both = pairs.samples, np.concatenate([pairs.first, pairs.second])
    levels = {name: values[both] for name, values in samples.levels.items()}
    levels |= {name: np.concatenate(found) for name, found in sides.items()}
    vectors = None if samples.vectors is None else samples.vectors[both]
    length = None if samples.length is None else samples.length[both]
    count = len(pairs.first)
    spread = Samples(person=samples.person[both], levels=levels, vectors=vectors, length=length)
    return replace(pairs, samples=spread, first=np.arange(count), second=np.arange(count, 2 * count))


def _places(raw: RawTable, key: str, spec: AuditSpec) -> dict[str, int]:
    require([key], raw.columns, key="pairs.sample", file=raw.path)
    texts = pa.Table.from_batches(list(raw.batches(_CHUNK, [key]))).column(key).combine_chunks()
    absent = is_missing(texts, spec.data.missing)
    found: dict[str, int] = {}
    for at, text in enumerate(as_text(texts).to_pylist()):
        if absent[at] or text in found:
            what = "a sample has no name" if absent[at] else f"two samples are called {shown(text)}"
            raise DataRefused("DLA361", what, place=raw.place(at + 1, key), fix="Give every sample a name of its own.")
        found[text] = at
    return found


def _found(raw: RawTable, place: dict[str, int], column: pa.Array, name: str) -> Int[np.ndarray, " n"]:
    found = np.array([place.get(text, -1) for text in as_text(column).to_pylist()], dtype=np.int64)
    if (found < 0).any():
        at = int(np.argmax(found < 0))
        raise DataRefused(
            "DLA361",
            f"there is no sample called {shown(as_text(column)[at].as_py())}",
            place=raw.place(at + 1, name),
            fix="Add it to pairs.samples, or take the pair out.",
        )
    return found


def _check_two(raw: RawTable, name: str, first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]) -> None:
    """A sample is like itself: such a pair would make every rate look better."""
    if (first == second).any():
        raise DataRefused(
            "DLA361",
            f"{int((first == second).sum()):,} pairs compare a sample with itself",
            place=raw.place(int(np.argmax(first == second)) + 1, name),
            fix="Take these pairs out.",
        )


def _check_scored(pairs: Compared, spec: AuditSpec, has_model: bool) -> None:
    cosine = spec.scores == [SIMILARITY]
    if pairs.samples.vectors is None and (cosine or has_model):
        raise UsageError(
            "DLA107",
            "the pairs have neither embeddings nor scores",
            expected="pairs.samples with pairs.embeddings or pairs.vector, or --score COLUMN",
            fix="Name the column of scores of the list, or the embeddings.",
        )
    if spec.pairs is not None and spec.pairs.target_fmr is not None and not cosine:
        raise UsageError(
            "DLA107",
            "pairs.target_fmr chooses a threshold of cosines, and the scores are others",
            fix="Give the threshold: model.threshold.",
        )
    if spec.pairs is not None and spec.pairs.target_fmr is None and "threshold" not in spec.model.model_fields_set:
        raise UsageError(
            "DLA107",
            "no threshold is given",
            expected="model.threshold, or pairs.target_fmr",
            fix="Give the threshold in use, as --set model.threshold=0.7; or --set pairs.target_fmr=0.01.",
        )


def _info(pairs: Compared, asked: PairsSpec, chosen: Threshold | None) -> PairsInfo:
    samples = pairs.samples
    if isinstance(pairs, ListedPairs):
        mated = int((samples.person[pairs.first] == samples.person[pairs.second]).sum())
        nonmated = len(pairs.first) - mated
    else:
        mated = samples.mated
        nonmated = len(samples) * (len(samples) - 1) // 2 - mated
    return PairsInfo(
        samples=len(samples),
        identities=samples.people,
        mated=mated,
        nonmated=nonmated,
        alone=int((np.bincount(samples.person) == 1).sum()) if asked.a is None or asked.samples is not None else 0,
        repeated=pairs.repeated if isinstance(pairs, ListedPairs) else 0,
        kept=pairs.kept,
        target_fmr=asked.target_fmr,
        threshold_low=None if chosen is None else chosen.low,
        threshold_high=None if chosen is None else chosen.high,
    )


def _as_audited(spec: AuditSpec, pairs: Compared, chosen: Threshold | None) -> AuditSpec:
    """The specification of a binary task whose rows are pairs, and whose units are their people."""
    levels = {name: sorted({one for one in found if one is not None}) for name, found in pairs.samples.levels.items()}
    apart = spec.slices.apart | {name: levels_apart(found) for name, found in levels.items()}
    most = max([spec.slices.max_levels, *(len(one) * (len(one) + 1) // 2 for one in levels.values())])
    model: dict[str, Any] = {"task": "binary", "output": spec.model.output or ("score" if spec.scores else None)}
    if chosen is not None:
        model["threshold"] = chosen.value
    changed = {
        "data": spec.data.model_copy(update={"target": spec.data.target or SAME, "unit": PEOPLE}),
        "model": spec.model.model_copy(update=model),
        "slices": spec.slices.model_copy(update={"apart": apart, "max_levels": most}),
        "metrics": spec.metrics.model_copy(update={"report": _metrics(spec.metrics.report)}),
    }
    return spec.model_copy(update=changed)


def _metrics(asked: Sequence[str] | None) -> list[str]:
    return list(asked) if asked is not None else list(SHOWN)
