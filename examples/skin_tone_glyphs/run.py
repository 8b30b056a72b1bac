"""Train two networks on glyphs, audit both, and say what was found: the whole example.

    python examples/skin_tone_glyphs/run.py [FOLDER] [--roles N] [--epochs N] [--budget N]

Everything is written into FOLDER (default: `skin-tone-glyphs` where you are). Needs
`pip install 'dlaudit[examples-media,image]'`; nothing is downloaded.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TONES = (
    "yellow",
    *("type 1-2 (light)", "type 3 (medium-light)", "type 4 (medium)", "type 5 (medium-dark)", "type 6 (dark)"),
)
MODELS = {"light": "trained on yellow and light glyphs", "all": "trained on all tones"}


def accuracy(audit: Path) -> list[float]:
    """Accuracy in every tone, in their order."""
    measured = json.loads(audit.read_text())["measurements"]
    known = {one["slice"]: one["value"] for one in measured if one["metric"] == "accuracy"}
    return [known[f"tone={tone}"] for tone in TONES]


def main(folder: Path, training: list[str], budget: str | None) -> None:
    """Train, audit each network by the same configuration, and print a table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("dlaudit.toml", "glyphs_model.py"):
        shutil.copyfile(HERE / name, folder / name)
    subprocess.run([sys.executable, HERE / "train.py", folder, *training], check=True)
    found = {}
    for name, what in MODELS.items():
        print(f"\n{name}.pt, {what}:", flush=True)
        command = [sys.executable, "-m", "dlaudit", "run", f"{name}.pt", "--out", f"report-{name}", "--exit-zero"]
        # where the gap is gone there is little to explain, and it takes minutes
        how = ["--no-explain"] if name == "all" else ["--explain-budget", budget] if budget else []
        subprocess.run([*command, *how], cwd=folder, check=True)
        found[what] = accuracy(folder / f"report-{name}" / "audit.json")
    print(f"\n{'accuracy by tone':36}" + "".join(f"{tone:>23}" for tone in TONES))
    for what, rates in found.items():
        print(f"{what:36}" + "".join(f"{rate:23.3f}" for rate in rates))
    print(f"\nreports: {folder / 'report-light' / 'report.html'}, {folder / 'report-all' / 'report.html'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("skin-tone-glyphs"))
    parser.add_argument("--roles", help="use so many roles only")
    parser.add_argument("--epochs", help="train for so many passes")
    parser.add_argument("--budget", help="what explaining may cost, as --explain-budget")
    given = parser.parse_args()
    training = [part for key in ("roles", "epochs") if (value := getattr(given, key)) for part in (f"--{key}", value)]
    main(given.folder, training, given.budget)
