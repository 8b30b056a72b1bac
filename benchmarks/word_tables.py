"""How often intervals of per-slice word tables miss, and how often a narrower, naive interval does.

    python benchmarks/word_tables.py

Texts are drawn from a population in which every word's mean contribution is known: a word occurs in a share of texts
and contributes a skewed amount where it does, in some people's texts more than in others'. Each simulated audit
explains some texts of some people and makes the word table of one slice as audits do. The twin treats the occurrences
of a word as its sample, and texts of one person as independent, as tables of mean attributions per word usually do.
Writes word_tables.md.
"""

import time
from pathlib import Path

import numpy as np

from dlaudit.attributions.persons import few_apart
from dlaudit.attributions.resample import people, studentised_interval

SHARES = (0.05, 0.1, 0.3, 1.0)
SIZES = ((60, 60), (200, 200), (200, 50))
RUNS = 500
SPREAD = 0.8


def drawn(generator: np.random.Generator, texts: int, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Contributions of words to texts, 0 where a text does not have the word; and whose text each is."""
    who = np.arange(texts) % units
    own = generator.normal(0.0, SPREAD, (units, len(SHARES)))[who] if units < texts else 0.0
    has = generator.random((texts, len(SHARES))) < np.array(SHARES)
    return np.where(has, generator.exponential(1.0, has.shape) - 0.5 + own, 0.0), who


def missed(texts: int, units: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of audits whose interval misses a word's mean contribution, ours and the twin's; and that have none."""
    truth = 0.5 * np.array(SHARES)
    ours, naive = np.full((2, RUNS, len(SHARES)), np.nan)
    for run in range(RUNS):
        generator = np.random.default_rng([1, texts, units, run])
        values, who = drawn(generator, texts, units)
        gathered = people(values, None, who)
        offsets = studentised_interval([gathered], generator, replicates=999)
        if offsets is not None:
            low, high = values.mean(axis=0) + offsets[0], values.mean(axis=0) + offsets[1]
            ours[run] = np.where(few_apart(gathered), np.nan, (truth < low) | (truth > high))
        for at in range(len(SHARES)):
            there = values[values[:, at] != 0, at]
            if len(there) > 1:
                share = len(there) / texts
                reach = 1.96 * there.std(ddof=1) / np.sqrt(len(there)) * share
                naive[run, at] = abs(share * there.mean() - truth[at]) > reach
    return np.nanmean(ours, axis=0), np.nanmean(naive, axis=0), np.isnan(ours).mean(axis=0)


def main() -> None:
    """Simulate and write the table."""
    begun = time.monotonic()
    lines = [
        "| texts | people | word in | misses (%) | twin misses (%) | no interval (%) |",
        "|---|---|---|---|---|---|",
    ]
    for texts, units in SIZES:
        for share, ours, naive, none in zip(SHARES, *missed(texts, units), strict=True):
            told = f"{100 * ours:.1f} | {100 * naive:.1f} | {100 * none:.1f}"
            lines.append(f"| {texts} | {units} | {share:.0%} of texts | {told} |")
    error = 3 * np.sqrt(0.05 * 0.95 / RUNS)
    page = f"""# Intervals of word tables

`python benchmarks/word_tables.py` (2 shared cores, {time.monotonic() - begun:.0f} s): {RUNS:,} simulated audits for
each line, seeds [1, texts, people, run]. Of 95 % intervals 5 % may miss; {100 * (0.05 + error):.1f} % is three standard
errors of the simulation above that. An occurrence contributes a skewed amount (exponential, mean 0.5); where people
have several texts, it varies between them by {SPREAD}. The twin takes the occurrences of a word as independent
and its share of texts as known. Where fewer than five people of the slice have a word, it has no interval.

""" + "\n".join(lines)
    Path(__file__).with_suffix(".md").write_text(page + "\n", encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
