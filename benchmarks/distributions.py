"""Bias, error and coverage of spread and calibration, and the two-sample bound by counting orders: distributions.md.

python benchmarks/distributions.py > benchmarks/distributions.md
"""

from math import gcd

import numpy as np

from dlaudit.stats.calibration import equal_mass_edges, pooled_bins, squared_error
from dlaudit.stats.spread import between_sd, shrunken_range

SEED, SPREAD_SAMPLES, CALIBRATION_SAMPLES, BIAS_SAMPLES = 0, 1500, 1000, 40_000
EDGES = np.arange(1025) / 1024
MIDDLE = (EDGES[:-1] + EDGES[1:]) / 2
TRUTHS = {
    "all rates .3": np.full(20, 0.3),
    "evenly over .25 to .35": np.linspace(0.25, 0.35, 20),
    "evenly over .15 to .45": np.linspace(0.15, 0.45, 20),
    "ten at .3, ten at .5": np.r_[np.full(10, 0.3), np.full(10, 0.5)],
}
SHAPES = ((1.0, 1.0), (1.0, 9.0), (0.5, 20.0))
SHRUNK = (0.0, 0.05, 0.15)
SIZES = (30, 100, 300, 3000)
LARGER = ((10, 1000), (30, 2000), (100, 1500), (333, 1000), (500, 501), (1, 3000))


def spread_rows():
    n = np.full(20, 100)
    for name, rates in TRUTHS.items():
        x = np.random.default_rng(SEED).binomial(n, rates, (SPREAD_SAMPLES, 20))
        shares, truth = x / n, rates.max() - rates.min()
        plain = shares.max(axis=1) - shares.min(axis=1) - truth
        shrunken = np.array([shrunken_range(row, n) for row in x]) - truth
        deviation = np.mean([between_sd(row, n) for row in x])
        yield (
            f"| {name} | {said(plain)} | {said(shrunken)} | {rates.std():.3f} | {shares.std(axis=1).mean():.3f} "
            f"| {deviation:.3f} |"
        )


def said(errors):
    return f"{errors.mean():+.3f} / {np.sqrt((errors**2).mean()):.3f}"


def codes(generator, shape, n):
    return np.minimum((generator.beta(*shape, n) * 1024).astype(np.int64), 1023)


def share_of(score, shrunk):
    return score * (1 - shrunk) + 0.3 * shrunk


def coverage_rows():
    for shape in SHAPES:
        generator = np.random.default_rng(SEED)
        many = codes(generator, shape, 1_000_000)
        kept = equal_mass_edges(np.bincount(many, minlength=1024), 10)
        place = np.searchsorted(kept, many, side="right") - 1
        rows = np.bincount(place, minlength=len(kept) - 1)
        for shrunk in SHRUNK:
            distance = np.bincount(place, share_of(MIDDLE[many], shrunk) - MIDDLE[many], minlength=len(kept) - 1)
            truth = float((distance**2 / rows).sum() / rows.sum())
            for n in SIZES:
                found = [_one(generator, shape, shrunk, n, kept) for _ in range(CALIBRATION_SAMPLES)]
                values = np.array([one.value for one in found])
                error = values.std() / np.sqrt(len(values))
                low = np.mean([one.low > truth for one in found])
                high = np.mean([one.high < truth for one in found])
                yield (
                    f"| Beta{shape} | {shrunk:.0%} | {n} | {truth:.5f} | {values.mean():.5f} ± {3 * error:.5f} "
                    f"| {low:.3f} | {high:.3f} |"
                )


def bias_rows():
    tenths = np.round(np.arange(11) * 102.4).astype(np.int64)
    for n in (30, 300):
        generator = np.random.default_rng(SEED)
        values = np.array([_one(generator, (1.0, 1.0), 0.0, n, tenths).value for _ in range(BIAS_SAMPLES)])
        yield f"| {n} | {values.mean():.6f} | {3 * values.std() / np.sqrt(len(values)):.6f} |"


def _one(generator, shape, shrunk, n, kept):
    code = codes(generator, shape, n)
    label = generator.random(n) < share_of(MIDDLE[code], shrunk)
    counts = np.stack([np.bincount(code[label == y], minlength=1024) for y in (False, True)])
    return squared_error(pooled_bins(EDGES, counts, kept))


def tails(n, m, reach):
    """P(n m D >= reach) of two samples of one continuous law: orders that leave the band, by hypergeometric steps."""
    inside = np.zeros((m + 1, len(reach)))
    for i in range(n + 1):
        for j in range(m + 1):
            left = n - i + m - j + 1
            if i:
                inside[j] *= (n - i + 1) / left
            elif j == 0:
                inside[j] = 1.0
            if j:
                inside[j] += inside[j - 1] * ((m - j + 1) / left)
            inside[j][abs(i * m - j * n) >= reach] = 0.0
    return 1 - inside[m]


def needed(n, m, most):
    """The largest tail / exp(-2 d^2 n m / (n + m)) over at most about `most` values of the statistic."""
    step = gcd(n, m)
    values = n * m // step
    reach = step * np.arange(1, values + 1, max(1, values // most))
    tail = tails(n, m, reach)
    bound = np.exp(-2 * (reach / (n * m)) ** 2 * n * m / (n + m))
    told = tail > 1e-9  # below that it is rounding
    return float((tail[told] / bound[told]).max())


def bound_rows():
    pairs = [(n, m) for n in range(1, 51) for m in range(n, 51)]
    found = {pair: needed(*pair, most=400) for pair in pairs}
    for name, own in (
        ("one size, 1 to 50", [p for p in pairs if p[0] == p[1]]),
        ("two sizes, 1 to 50", [p for p in pairs if p[0] != p[1]]),
    ):
        worst = max(own, key=found.__getitem__)
        yield f"| {name} | {worst[0]} and {worst[1]} | {found[worst]:.3f} |"
    for n, m in LARGER:
        yield f"| larger | {n} and {m} | {needed(n, m, most=60):.3f} |"


def main():
    print("# Spread, calibration and the two-sample bound\n")
    print("Command: `python benchmarks/distributions.py > benchmarks/distributions.md`. 2 shared cores; seed 0.\n")
    print(f"## Spread: twenty slices of 100 rows, {SPREAD_SAMPLES:,} samples each\n")
    print("Bias / root mean square error of the largest difference; then the deviation between slices.\n")
    print("| truth | as measured | shrunken | true deviation | plain, mean | between_sd, mean |")
    print("|---|---|---|---|---|---|")
    print("\n".join(spread_rows()))
    print(f"\n## Squared calibration error: {CALIBRATION_SAMPLES:,} samples each, level .95\n")
    print("True shares lie nearer to .3 than the scores by the share in the second column. Allowed beside the interval")
    print("on either side: .025, and .040 with 3 standard errors. Means with 3 standard errors.\n")
    print("| scores | off by | rows | truth | mean estimate | lower end above | upper end below |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(coverage_rows()))
    print(f"\n## Bias for a calibrated model: ten equal bins, {BIAS_SAMPLES:,} samples each\n")
    print("| rows | mean estimate | 3 standard errors |\n|---|---|---|")
    print("\n".join(bias_rows()))
    print("\n## Constant that the bound on two samples needs (e = 2.718 is used)\n")
    print("By counting all orders; about 400 values of the statistic for each pair up to 50, 60 for the larger ones.\n")
    print("| sizes | worst pair | constant |\n|---|---|---|")
    print("\n".join(bound_rows()))


if __name__ == "__main__":
    main()
