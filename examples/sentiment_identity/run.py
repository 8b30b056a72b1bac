"""Train the models and audit them: one command from a fresh checkout.

    python examples/sentiment_identity/run.py [--transformer] [--rows N]

Writes the reports to `build/report-texts`, `build/report-people` and, with `--transformer`, `build/report-transformer`.
Exit code: that of dlaudit's last audit, where 1 only says that a rule is broken.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
AUDITS = {"texts": "dlaudit.toml", "people": "people.toml", "transformer": "transformer.toml"}


def main() -> int:
    """Train, then run each audit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--transformer", action="store_true")
    parser.add_argument("--rows", default=None)
    parser.add_argument("--only", choices=list(AUDITS), default=None)
    asked = parser.parse_args()
    options = ["--transformer"] * asked.transformer + (["--rows", asked.rows] if asked.rows else [])
    subprocess.run([sys.executable, "train.py", *options], cwd=HERE, check=True)
    names = [asked.only] if asked.only else [name for name in AUDITS if asked.transformer or name != "transformer"]
    code = 0
    for name in names:
        command = [sys.executable, "-m", "dlaudit", "run", "--config", AUDITS[name], "--out", f"build/report-{name}"]
        code = subprocess.run(command, cwd=HERE, check=False).returncode
        if code > 1:
            return code
    return code


if __name__ == "__main__":
    sys.exit(main())
