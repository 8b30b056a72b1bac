"""Bias and coverage of score mix and calibration: score_mix.md.

python benchmarks/score_mix.py > benchmarks/score_mix.md
"""

import numpy as np
from scipy.special import expit, logit

from dlaudit.metrics.mix_draws import drawn_slices
from dlaudit.metrics.mix_numbers import rate_number
from dlaudit.metrics.score_bins import ScoreBins
from dlaudit.stats.cell_bootstrap import percentile_limits
from dlaudit.stats.score_mix import MixBins, Number, mix_bins, mix_parts, shares

SEED, SAMPLES, LARGE = 0, 120, 2_000_000
BINS = ScoreBins(1024, False, 0.5)
MIDDLE = (BINS.edges[:-1] + BINS.edges[1:]) / 2
PARTING = int(np.searchsorted(BINS.edges[:-1], 0.5))
LOSS = np.stack([-np.log(1 - MIDDLE), -np.log(MIDDLE)])
NUMBERS = {
    "true_positive_rate": rate_number("true_positive_rate", BINS),
    "precision": rate_number("precision", BINS),
    "log_loss": Number(above=LOSS, below=np.ones_like(LOSS), seen=LOSS),
}
SETTINGS = {
    "other scores": ((0.5, 1.5, 0.0), (-0.5, 1.5, 0.0)),
    "other meaning": ((0.0, 1.5, 0.4), (0.0, 1.5, -0.4)),
    "both, against each other": ((0.5, 1.5, -0.3), (-0.5, 1.2, 0.3)),
    "scores far apart": ((1.0, 1.0, 0.0), (-1.0, 1.0, 0.0)),
}
SIZES = ((200, 200), (1000, 300), (2000, 2000))


def sample(slice_, n, generator):
    """Rows by label and fine bin: logits of scores are normal, and shares of positives are shifted on the logit."""
    mean, deviation, shift = slice_
    code = BINS.codes(expit(generator.normal(mean, deviation, n)))
    positive = generator.random(n) < expit(logit(MIDDLE[code]) + shift)
    return np.stack([np.bincount(code[positive == one], minlength=1024) for one in (False, True)])


def truth(a, b, number):
    """Mix and calibration by integration over the fine bins of a very large sample."""
    densities = [sample(one, LARGE, np.random.default_rng(SEED + 1)).sum(axis=0) / LARGE for one in (a, b)]
    meanings = [expit(logit(MIDDLE) + one[2]) for one in (a, b)]

    def metric(p, c):
        rows = p * np.stack([1 - c, c])
        return (rows * number.above).sum() / (rows * number.below).sum()

    (p_a, p_b), (c_a, c_b) = densities, meanings
    aa, ab, ba, bb = (metric(p, c) for p, c in ((p_a, c_a), (p_a, c_b), (p_b, c_a), (p_b, c_b)))
    return (aa - ba + ab - bb) / 2, (aa - ab + ba - bb) / 2


def one_sample(a, b, sizes, generator):
    """For each metric the parts and their intervals; the support; the bins."""
    fine = sample(a, sizes[0], generator), sample(b, sizes[1], generator)
    bins = mix_bins(np.stack([one.sum(axis=0) for one in fine]), PARTING)
    # empty fine bins change nothing; without them the samples are drawn and added up faster
    kept = np.union1d(np.flatnonzero(sum(one.sum(axis=0) for one in fine)), bins.starts)
    counts = fine[0][:, kept], fine[1][:, kept]
    bins = MixBins(starts=np.searchsorted(kept, bins.starts), supported=bins.supported)
    drawn = drawn_slices(*counts)
    usual = shares(counts[0], bins), shares(counts[1], bins)
    held = np.add.reduceat(np.stack([one.sum(axis=0) for one in counts]), bins.starts, axis=1)
    found = {}
    for name, every in NUMBERS.items():
        number = Number(above=every.above[:, kept], below=every.below[:, kept], seen=every.seen[:, kept])
        parts = mix_parts(counts, (number, number), bins)
        many = mix_parts(drawn, (number, number), bins, usual)
        wide = percentile_limits(np.stack([many.mix + many.unsupported, many.calibration], axis=1), 0.95)
        value = np.array([parts.mix + parts.unsupported, parts.calibration])
        found[name] = value, wide
    return found, held[:, bins.supported].sum() / held.sum(), len(bins.starts)


def rows():
    for name, (a, b) in SETTINGS.items():
        known = {metric: np.array(truth(a, b, number)) for metric, number in NUMBERS.items()}
        for sizes in SIZES:
            generator = np.random.default_rng([SEED, sizes[0]])
            made = [one_sample(a, b, sizes, generator) for _ in range(SAMPLES)]
            support, bins = (np.mean([one[at] for one in made]) for at in (1, 2))
            for metric, right in known.items():
                value = np.array([one[0][metric][0] for one in made])
                low = np.array([one[0][metric][1].low for one in made])
                high = np.array([one[0][metric][1].high for one in made])
                off = value - right
                error = 3 * off.std(axis=0, ddof=1) / np.sqrt(SAMPLES)
                inside = ((low <= right) & (right <= high)).mean(axis=0)
                yield (
                    f"| {name} | {sizes[0]} and {sizes[1]} | {metric} | {right[0]:+.3f} | {off[:, 0].mean():+.4f} "
                    f"± {error[0]:.4f} | {inside[0]:.3f} | {right[1]:+.3f} | {off[:, 1].mean():+.4f} ± {error[1]:.4f} "
                    f"| {inside[1]:.3f} | {bins:.0f} | {support:.2f} |"
                )


def main():
    print("# Score mix and calibration\n")
    print("Command: `python benchmarks/score_mix.py > benchmarks/score_mix.md`. 2 shared cores; seed 0.\n")
    print(
        f"Logits of scores are normal; {SAMPLES} samples each, bootstrap intervals at .95 (allowed with 3 standard\n"
        f"errors: {0.95 - 3 * np.sqrt(0.95 * 0.05 / SAMPLES):.3f} and more). Where scores of one slice are rare in the "
        "other, a part of the mix is\ntold as scores that only one slice has; here the two are added up. Errors are "
        "means minus truth, ± 3\nstandard errors.\n"
    )
    print(
        "| slices differ by | rows | metric | mix | its error | covered | calibration | its error | covered | bins "
        "| share of rows in common scores |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for row in rows():
        print(row, flush=True)


if __name__ == "__main__":
    main()
