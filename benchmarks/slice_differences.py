"""Claims about slices of pictures, sounds and texts where there is nothing to find, and how often they are wrong.

    python benchmarks/slice_differences.py

Both slices are drawn from one population, so whatever is called a difference is an error. Beside each method stands
what it replaces. Writes slice_differences.md beside this script.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import beta, chi2_contingency, norm

from dlaudit.attributions import resample
from dlaudit.attributions.gaps.decomposed import GapRows
from dlaudit.attributions.gaps.pairs import Pair
from dlaudit.attributions.map_gaps import reach_of
from dlaudit.attributions.resample import people, studentised, studentised_interval
from dlaudit.attributions.texts.asking import RowGame
from dlaudit.attributions.texts.gaps import Texts, text_decomposition
from dlaudit.findings.uneven import uneven
from dlaudit.metrics.clusters import between_units
from dlaudit.metrics.rows import ScoredRows
from dlaudit.metrics.values import percentile, percentile_interval
from dlaudit.stats.intervals import cluster_wilson

PAGE = Path(__file__).with_suffix(".md")
SEED, PLACES, WORDS = 51, 64, 300
TIMES = {"maps": 100, "words": 40, "people": 300, "outside": 150, "uneven": 1000, "tenth": 200}
SIZES = ((10, 100), (20, 300), (30, 30))


def sizes_of(share: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Places that a share of the rows uses, by about the same amount."""
    return lambda rng, n: (rng.random((n, PLACES)) < share) * rng.normal(1.0, 0.2, size=(n, PLACES))


MAPS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.normal(size=(n, PLACES)),
    "skewed, places go together": lambda rng, n: (
        0.5 * rng.exponential(size=(n, 1)) ** 1.5 + rng.exponential(size=(n, PLACES))
    ),
    "8 rows in 100 use a place": sizes_of(0.08),
    "3 rows in 100 use a place": sizes_of(0.03),
}


@contextmanager
def without_lending() -> Iterator[None]:
    """The spread of a slice is that of its own people alone, however few of them vary."""
    kept, resample.lent = resample.lent, lambda squares, parts: list(squares)
    try:
        yield
    finally:
        resample.lent = kept


def told(share: float, times: int) -> str:
    """A rate with three standard errors, of .05 where nothing was seen."""
    return f"{share:.3f} ± {3 * math.sqrt(max(share * (1 - share), 0.05 * 0.95 / 10) / times):.3f}"


def maps() -> Iterator[str]:
    """Shares of pairs of like slices in which any place is beyond its reach."""
    for name, drawn in MAPS.items():
        for sizes in SIZES:
            rng, times = np.random.default_rng([SEED, 1, *sizes]), TIMES["maps"]
            wrong = np.zeros(3)
            for at in range(times):
                a, b = (people(drawn(rng, n)) for n in sizes)
                found = reach_of(a, b, np.random.default_rng(at))
                with without_lending():
                    alone = reach_of(a, b, np.random.default_rng(at))
                error = np.sqrt(sum((part.residual**2).sum(axis=0) / part.mass.sum() ** 2 for part in (a, b)))
                away = np.abs(found.difference)
                wrong += [(away > one).any() for one in (found.reach, alone.reach, norm.ppf(0.975) * error)]
            yield (
                f"| {name} | {sizes[0]} and {sizes[1]} | "
                + " | ".join(told(one, times) for one in wrong / times)
                + " |"
            )


def texts(rng: np.random.Generator, rows: int) -> Texts:
    """Texts of four to twelve words with Zipf's frequencies; a word adds about the same wherever it stands."""
    chance = 1 / np.arange(1, WORDS + 1) ** 1.1
    adds = np.random.default_rng(0).normal(size=WORDS) * np.random.default_rng(1).choice([0.1, 1, 3], WORDS)
    words, values = [], np.zeros((rows, 12))
    for row in range(rows):
        chosen = rng.choice(WORDS, size=rng.integers(4, 13), p=chance / chance.sum())
        words.append([f"w{one}" for one in chosen])
        values[row, : len(chosen)] = adds[chosen] * np.exp(0.5 * rng.normal(size=len(chosen)))
    without = rng.normal(0, 0.2, rows)
    change = values.sum(axis=1)
    game = RowGame(values=values, error=np.zeros_like(values), number=change + without, change=change)
    return Texts(game=game, words=words, weight=np.ones(rows))


def words() -> Iterator[str]:
    """Shares of gaps between like slices of texts in which any word is marked, and of words' intervals without 0."""
    pair = Pair(metric="mean_score", by=("s",), slice="a", reference="b", chosen_from=1)
    for sizes in ((15, 300), (30, 200), (100, 100)):
        rng, times = np.random.default_rng([SEED, 2, *sizes]), TIMES["words"]
        marked, missed = np.zeros(2), np.zeros(2)
        for at in range(times):
            sides = texts(rng, sizes[0]), texts(rng, sizes[1])
            for way, context in enumerate((_nothing, without_lending)):
                with context():
                    found = text_decomposition(
                        pair, sides, np.random.default_rng(at), rows=GapRows(), reference="blank texts"
                    )
                marked[way] += any(one.marked for one in found.contributions)
                known = [(one.low, one.high) for one in found.contributions if one.feature.startswith("w")]
                missed[way] += np.mean([not (low <= 0 <= high) for low, high in known if low is not None]) / times
        rates = " | ".join(told(one, times) for one in marked / times)
        yield f"| {sizes[0]} and {sizes[1]} | {rates} | {missed[0]:.3f} | {missed[1]:.3f} |"


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def in_both() -> Iterator[str]:
    """Coverage of the interval of a difference between slices of the same writers."""
    for together, said in ((1.0, "the same"), (0.0, "nothing"), (-1.0, "the opposite")):
        for writers in (20, 60):
            rng, times = np.random.default_rng([SEED, 3, writers]), TIMES["people"]
            inside = np.zeros(2)
            for at in range(times):
                own = rng.normal(size=writers)
                other = together * own + math.sqrt(1 - together**2) * rng.normal(size=writers)
                units = np.repeat(np.arange(writers), 3), np.repeat(np.arange(writers), rng.integers(1, 6, writers))
                a, b = (
                    people((value[who] + 0.5 * rng.normal(size=len(who)))[:, None], unit=who)
                    for value, who in zip((own, other), units, strict=True)
                )
                gap = (a.mean - b.mean)[0]
                for way, (x, y) in enumerate(((a, b), (replace(a, who=None), replace(b, who=None)))):
                    ends = studentised_interval([x, y.minus], np.random.default_rng(at), replicates=999)
                    assert ends is not None
                    inside[way] += gap + ends[0][0] <= 0 <= gap + ends[1][0]
            yield f"| {writers} | {said} | " + " | ".join(told(one, times) for one in inside / times) + " |"


def outside() -> Iterator[str]:
    """Size of the test of shares outside masks, and coverage of a slice's own share: most rows have next to none."""
    for small, large, rows in ((10, 100, 1), (30, 300, 1), (20, 60, 6)):
        rng, times = np.random.default_rng([SEED, 4, small]), TIMES["outside"]
        counted = np.zeros(2)
        truth = float(beta(0.5, 4).mean())
        for at in range(times):
            parts = []
            for persons in (small, large):
                unit = np.repeat(np.arange(persons), rows)
                parts.append(people(rng.beta(0.5, 4, persons)[unit][:, None], unit=unit if rows > 1 else None))
            a, b = parts[0], replace(parts[1], who=None)
            found = studentised([replace(a, who=None), b.minus], np.random.default_rng(at))
            ends = studentised_interval([a], np.random.default_rng(at))
            assert found is not None and ends is not None
            low, high = a.mean[0] + ends[0][0], a.mean[0] + ends[1][0]
            counted += [found.p_values(a.mean - b.mean)[0] < 0.05, low <= truth <= high]
        yield f"| {small} and {large} | {rows} | " + " | ".join(told(one, times) for one in counted / times) + " |"


def unevenly() -> Iterator[str]:
    """Shares of audits that call rows treated unevenly, at .001."""
    designs = {
        "5,000, 5,000 and 1": [5000, 5000, 1],
        "5,000, 3,000 and ten of 2": [5000, 3000, *[2] * 10],
        "300, 200, 40, 20, 10 and 5": [300, 200, 40, 20, 10, 5],
    }
    for name, rows in designs.items():
        for share in (0.002, 0.01, 0.05):
            rng, times = np.random.default_rng([SEED, 5, len(rows)]), TIMES["uneven"]
            wrong = np.zeros(2)
            for _ in range(times):
                done = rng.binomial(rows, share)
                found = uneven(done.tolist(), rows, people=rows, looks=1, difference=0.05, alpha=0.001)
                wrong += [found is not None, done.any() and _chi_squared(done, np.array(rows))]
            limits = [f"{one:.4f} ± {3 * math.sqrt(max(one, 0.001) / times):.4f}" for one in wrong / times]
            yield f"| {name} | {share} | {limits[0]} | {limits[1]} |"


def _chi_squared(done: np.ndarray, rows: np.ndarray) -> bool:
    wide = np.ptp(done / rows) >= 0.05
    return bool(wide and chi2_contingency(np.array([done, rows - done]).T, correction=True).pvalue < 0.001)


def tenths() -> Iterator[str]:
    """Coverage of the tenth percentile of images of patients."""
    true = float(norm.ppf(0.1))
    for patients in (5, 10, 20, 40, 100):
        rng, times = np.random.default_rng([SEED, 6, patients]), TIMES["tenth"]
        inside, open_end = np.zeros(2), 0
        for _ in range(times):
            unit = np.repeat(np.arange(patients), 1 + rng.geometric(0.12, patients))
            values = math.sqrt(0.5) * (rng.normal(size=patients)[unit] + rng.normal(size=len(unit)))
            rows = ScoredRows(
                atom=np.zeros(len(unit), dtype=np.int64), target=values, score=values[:, None], prediction=values,
                unit=unit, task="regression",
            )  # fmt: skip
            ends = percentile_interval(rows, 0.1, 0.95)
            inside[0] += (ends.low is None or ends.low <= true) and (ends.high is None or true <= ends.high)
            open_end += ends.low is None
            below = (values <= percentile(values, 0.1)).astype(np.float64)
            variance, units = between_units((below - below.mean()) / len(below), unit)
            plain = cluster_wilson(0.1, variance, units)
            inside[1] += percentile(values, float(plain.low)) <= true <= percentile(values, float(plain.high))
        rates = " | ".join(told(one, times) for one in inside / times)
        yield f"| {patients} | {rates} | {open_end / times:.2f} |"


def main() -> None:
    """Simulate, and write the page."""
    begun = time.monotonic()
    sections = {}
    for name, make in TABLES.items():
        sections[name] = "\n".join(make())
        print(sections[name], flush=True)
    text = TEXT.format(seed=SEED, **{f"n_{name}": f"{count:,}" for name, count in TIMES.items()}, **sections)
    PAGE.write_text(text.replace("SECONDS", f"{time.monotonic() - begun:.0f}"), encoding="utf-8")


TABLES = {"maps": maps, "words": words, "people": in_both, "outside": outside, "uneven": unevenly, "tenth": tenths}
TEXT = """# Slices of pictures, sounds and texts where there is nothing to find

`python benchmarks/slice_differences.py`, 2 shared cores; seed {seed}, SECONDS s. Both slices come from one population;
± is three standard errors. Nominal: 0.05 for errors, 0.95 for intervals.

## Maps: any of 64 places beyond its reach ({n_maps} pairs of slices a line)

*Own spread alone* is the same band without what `lent` adds: a place that hardly anybody of a slice uses has no spread
there. *Place by place* is 1.96 standard errors at each place.

| values | people | as shown | own spread alone | place by place |
|---|---|---|---|---|
{maps}

## Words: gaps in which any word is marked ({n_words} gaps a line)

| texts | marked | own spread alone | words' intervals without 0 | own spread alone |
|---|---|---|---|---|
{words}

## People with rows in both slices: coverage of the difference ({n_people} pairs a line)

| people | what one does in the other slice | drawn once | as if they were others |
|---|---|---|---|
{people}

## Shares outside a mask ({n_outside} pairs a line; shares are skewed, Beta(.5, 4))

| people | rows each | error rate at .05 | coverage of the smaller slice's share |
|---|---|---|---|
{outside}

## Rows changed or left out unevenly, at .001 ({n_uneven} audits a line)

| slices | share changed | exact, all pairs | chi-squared with Yates' correction |
|---|---|---|---|
{uneven}

## Tenth percentile with uneven units: coverage ({n_tenth} samples a line)

| units | as shown | Woodruff's, at the estimate | lower end open |
|---|---|---|---|
{tenth}
"""


if __name__ == "__main__":
    main()
