"""How many small counts an attacker works out from suppressed audits: run it from the repository's root.

    python benchmarks/small_cells_attack.py --audits 300 --seed 0

Each audit is drawn at random: features, levels, sizes (many of them tiny), the metrics measured, the least count shown.
The attacker of tests/privacy knows audit.json and solves for the least and the most people that every small count of
the truth can be. The same audits are attacked where only the small counts themselves are hidden.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "privacy")]

from privacy_attacker import Attacker  # noqa: E402
from privacy_audits import SHARES, counts_of, drawn, made, wheres  # noqa: E402

from dlaudit.errors import UsageError  # noqa: E402
from dlaudit.record import slice_id  # noqa: E402
from dlaudit.record.files import dump  # noqa: E402
from dlaudit.record.privacy import complement, suppressed  # noqa: E402

SHAPES = {"one feature, 5 levels": (5,), "3 x 2": (3, 2), "3 x 3": (3, 3), "4 x 3": (4, 3), "2 x 2 x 2": (2, 2, 2)}
FEATURES = ("race", "sex", "age")


def attacked(seed: int, shape: tuple[int, ...], least: int, *, naive: bool) -> tuple[int, int, float]:
    """Small counts, those that are worked out, and seconds that hiding them took."""
    rng = np.random.default_rng([seed, *shape])
    features, most = FEATURES[: len(shape)], len(shape)
    metrics = tuple(SHARES) if seed % 2 else tuple(name for name in SHARES if rng.random() < 0.6) or ("accuracy",)
    table = drawn(rng, shape, 2.0)
    audit, verdict = made(table, features, metrics, most)
    begin = time.perf_counter()
    shown = suppressed(audit, verdict, least)
    seconds = time.perf_counter() - begin
    truth = {slice_id(where): counts_of(table, features, where) for where in wheres(table, features, most)}
    small = sum(0 < int(np.array(cells) @ one) < least for one in truth.values() for cells in np.ndindex(2, 2, 2, 2))
    return small, len(Attacker(dump(*shown)).exposed(truth, least)), 0.0 if naive else seconds


def main() -> None:
    """Print the table of benchmarks/small_cells_attack.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--audits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    whole = complement._Plan.cover, complement._Plan.defend
    print("| slices | audits | small counts | worked out | audits with one, only small counts hidden | median s |")
    print("|---|---|---|---|---|---|")
    for name, shape in SHAPES.items():
        counts, open_counts, naive_audits, seconds, audits = 0, 0, 0, [], 0
        for seed in range(given.seed, given.seed + given.audits // len(SHAPES)):
            least = (11, 11, 5, 3)[seed % 4]
            try:
                small, found, took = attacked(seed, shape, least, naive=False)
            except UsageError:
                continue
            audits, counts, open_counts = audits + 1, counts + small, open_counts + found
            seconds.append(took)
            if seed - given.seed < 15:
                complement._Plan.cover = complement._Plan.defend = lambda plan: False  # type: ignore[method-assign]
                naive_audits += attacked(seed, shape, least, naive=True)[1] > 0
                complement._Plan.cover, complement._Plan.defend = whole  # type: ignore[method-assign]
        print(
            f"| {name} | {audits} | {counts:,} | {open_counts} | {naive_audits} of {min(audits, 15)} | "
            f"{np.median(seconds):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
