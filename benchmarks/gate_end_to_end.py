"""How often the gate is wrong: audits of made-up people whose true rates are known, from the frame to the verdict.

Run from the repository root; the table goes to benchmarks/gate_end_to_end.md:

    python benchmarks/gate_end_to_end.py
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

import dlaudit

TABLE = Path(__file__).with_suffix(".md")
SETS = 100
SETTINGS = {"metrics.report": ["selection_rate", "true_positive_rate", "mean_score"]}


@dataclass(frozen=True)
class World:
    """Slices with known rates, and what is true of each rule there."""

    name: str
    rows: list[int]
    rates: list[float]
    """Selection rate of each slice, the same among positives and negatives."""
    rule: str
    truth: str
    """`kept` where a FAIL is wrong, `broken` where a PASS is, `limit` (exactly on it) where either is."""
    settings: dict[str, object] = field(default_factory=dict)


DIFFERENCE = "selection_rate.difference by slice <= 0.1"
RATIO = "selection_rate.ratio by slice >= 0.8"
TPR = "true_positive_rate.difference by slice <= 0.1"
MEAN = "mean_score.difference by slice <= 0.1"
UNEVEN = [1200, 380, 240, 120, 40, 20]
WORLDS = [
    World("six uneven slices, all equal", UNEVEN, [0.3] * 6, DIFFERENCE, "kept"),
    World("six uneven slices, all equal", UNEVEN, [0.3] * 6, RATIO, "kept"),
    World("six uneven slices, all equal", UNEVEN, [0.3] * 6, TPR, "kept"),
    World("five slices of 1,000, all equal", [1000] * 5, [0.3] * 5, DIFFERENCE, "kept"),
    World("four slices of 2,500, all equal", [2500] * 4, [0.3] * 4, DIFFERENCE, "kept"),
    World("two of 600 and one of 40, on the limit", [600, 600, 40], [0.3, 0.4, 0.35], DIFFERENCE, "limit"),
    World("two of 600 and one of 40, on the limit", [600, 600, 40], [0.4, 0.5, 0.45], RATIO, "limit"),
    World("two of 1,500, on the limit", [1500, 1500], [0.3, 0.4], TPR, "limit"),
    World("five of 1,000, gap 0.2 in one", [1000] * 5, [0.3, 0.3, 0.3, 0.3, 0.5], DIFFERENCE, "broken"),
    World("six uneven, gap 0.3 in the 240", UNEVEN, [0.3, 0.3, 0.6, 0.3, 0.3, 0.3], DIFFERENCE, "broken"),
    World("mean score, six uneven slices, all equal", UNEVEN, [0.3] * 6, MEAN, "kept"),
    World("mean score, slices of 3 to 300", [300, 300, 5, 4, 3], [0.1] * 5, MEAN, "kept"),
    World(
        "weights (lognormal), on the limit", [600, 600, 40], [0.3, 0.4, 0.35], DIFFERENCE, "limit", {"data.weight": "w"}
    ),
    World(
        "ten rows a person, on the limit",
        [1500, 1500, 100],
        [0.3, 0.4, 0.35],
        DIFFERENCE,
        "limit",
        {"data.unit": "who"},
    ),
]


def people(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """One sample: slice, label, a score that selects at the slice's rate, weight and person."""
    place = np.repeat(np.arange(len(world.rows)), world.rows)
    person = np.arange(len(place)) // 10
    own = rng.random(len(place))
    if "data.unit" in world.settings:  # half of the rows repeat their person's draw, so that rates stay as they are
        own = np.where(rng.random(len(place)) < 0.5, rng.random(person.max() + 1)[person], own)
    selected = own < np.array(world.rates)[place]
    score = np.where(selected, 0.5 + 0.5 * rng.random(len(place)), 0.4999 * rng.beta(0.3, 3, len(place)))
    return pd.DataFrame(
        {
            "slice": np.array([f"s{at}" for at in range(len(world.rows))])[place],
            "label": (rng.random(len(place)) < 0.4).astype(int),
            "score": score,
            "w": rng.lognormal(0, 0.7, len(place)),
            "who": np.char.add("p", person.astype(str)),
        }
    )


def judged(world: World, sets: int, seed: int) -> Iterator[tuple[str, str, bool]]:
    """Of every sample the outcome, that of the bare estimates, and whether a gap was noted."""
    exact, point = dlaudit.Policy.from_rules(world.rule), dlaudit.Policy.from_rules(world.rule)
    point = point.model_copy(update={"rules": [rule.model_copy(update={"judge": "point"}) for rule in point.rules]})
    rng = np.random.default_rng(seed)
    for _ in range(sets):
        frame = people(world, rng)
        chosen = ["slice", "label", "score", *(str(name) for name in world.settings.values())]
        audit = dlaudit.audit(
            data=frame[chosen],
            target="label",
            sensitive="slice",
            scores="score",
            settings={**SETTINGS, **world.settings},
        )
        noted = any(one.code == "DLA450" for one in audit.findings)
        yield dlaudit.judge(audit, exact).outcome, dlaudit.judge(audit, point).outcome, noted


def line(world: World, sets: int, seed: int) -> tuple[str, float]:
    """The table's row, and the larger rate of wrong verdicts."""
    found = list(judged(world, sets, seed))
    share = {name: sum(one[0] == name for one in found) / sets for name in ("fail", "pass", "undecided")}
    bare = sum(one[1] == "fail" for one in found) / sets
    wrong = {"kept": share["fail"], "broken": share["pass"], "limit": max(share["fail"], share["pass"])}[world.truth]
    noted = sum(one[2] for one in found) / sets
    figures = [f"{value:.2f}" for value in (*share.values(), bare, noted)]
    cells = [world.name, f"`{world.rule}`", world.truth, *figures]
    return f"| {' | '.join(cells)} |", wrong


def main() -> None:
    """Simulate every world and write the table."""
    start = time.process_time()
    made = [line(world, SETS, seed) for seed, world in enumerate(WORLDS)]
    allowed = 0.05 + 3 * (0.05 * 0.95 / SETS) ** 0.5
    lines = [
        "# Error rates of the whole gate",
        "",
        "`python benchmarks/gate_end_to_end.py` writes this table: "
        f"{SETS} samples of each world go through `dlaudit.audit` and `dlaudit.judge`, at alpha = 0.05. *Truth* says "
        "whether the rule is kept, broken, or exactly on its limit (then a FAIL and a PASS are both wrong). The last "
        'two columns: the same rule on the bare estimates (`judge = "point"`), and audits that note any gap (DLA450).',
        "",
        f"Largest share of wrong verdicts: {max(wrong for _, wrong in made):.2f}; 0.05 and three standard errors of "
        f"{SETS} samples are {allowed:.2f}.",
        "",
        "| world | rule | truth | FAIL | PASS | undecided | bare estimates FAIL | gap noted |",
        "|---|---|---|---|---|---|---|---|",
        *(text for text, _ in made),
        "",
        f"{time.process_time() - start:.0f} s of one core.",
    ]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
