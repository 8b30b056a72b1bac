"""Pictures of reports for docs/: `python docs/pictures.py NAME=REPORT.html …` (needs Chromium and node)."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COLOURS = 64
"""Colours of a picture: a report has few, and files stay small."""


def take(name: str, report: str) -> list[Path]:
    """Four pictures of one report: light, dark, narrow and printed."""
    from PIL import Image, ImageOps

    folder = HERE / "pictures"
    folder.mkdir(exist_ok=True)
    subprocess.run(["node", str(HERE / "pictures.mjs"), report, str(folder / name)], check=True)
    made = [folder / f"{name}-{view}.png" for view in ("light", "dark", "narrow", "print")]
    for path in made:
        with Image.open(path) as picture:
            page = ImageOps.expand(picture.convert("RGB"), border=48 if "print" in path.stem else 0, fill="white")
            small = page.quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
    return made


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        name, _, report = argument.partition("=")
        for path in take(name, str(Path(report).resolve())):
            print(f"{path} {path.stat().st_size // 1024} kB")
