"""What an accepted baseline costs: packing decisions and putting them beside the rows of a later run.

    python benchmarks/accepted_baseline.py

Prints processor seconds and the size of the packed decisions for binary decisions of random rows.
"""

import time

import numpy as np
import pyarrow as pa

from dlaudit.record import Audit, DataInfo, ModelInfo, Provenance
from dlaudit.stages.decisions import packed, unpacked

LABELS = ["no", "yes"]
SIZES = (1_000, 100_000, 1_000_000)


def rows(n: int, seed: int) -> pa.Table:
    """Rows as predictions.parquet has them, 30 % of them predicted positive."""
    generator, labels = np.random.default_rng(seed), np.array(LABELS, dtype=object)
    return pa.table(
        {
            "row_id": pa.array([str(at) for at in range(n)]),
            "target": pa.array(labels[(generator.random(n) < 0.4).astype(int)], pa.string()),
            "score": pa.array(generator.random(n)),
            "prediction": pa.array(labels[(generator.random(n) < 0.3).astype(int)], pa.string()),
            "sex": pa.array(np.array(["F", "M", None], dtype=object)[generator.integers(0, 3, n)], pa.string()),
        }
    )


def main() -> None:
    """Time both ways and print a table."""
    model = ModelInfo(task="binary", classes=LABELS)
    audit = Audit(provenance=Provenance(dlaudit="0", python="3"), model=model, data=DataInfo())
    print("| rows | packed, kB | packing, s | beside a later run, s |\n|---|---|---|---|")
    for n in SIZES:
        table = rows(n, seed=0)
        started = time.process_time()
        found = packed(table, audit)
        middle = time.process_time()
        assert found is not None, "these sizes fit the file"
        back = unpacked(found, table, audit)
        ended = time.process_time()
        assert back["0"].equals(table["prediction"]), "what is packed comes back"
        print(f"| {n:,} | {len(found.decisions) / 1000:.1f} | {middle - started:.2f} | {ended - middle:.2f} |")


if __name__ == "__main__":
    main()
