"""Damaged and hostile images: each is decoded or refused with a code, in little time and little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLIPS = 200
SCRIPT = """
import io, json, random, resource, sys, time
import numpy as np
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from PIL import Image
from dlaudit.data.image_decode import decode, pillow
from dlaudit.data.image_faults import ImageFault
from dlaudit.spec import ImageInput

kind, flips = sys.argv[1], int(sys.argv[2])
shape = np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8)
shape[10:30] //= 9
file, exif = io.BytesIO(), Image.Exif()
exif[0x0112] = 6
Image.fromarray(shape).save(file, kind, exif=exif)
whole = file.getvalue()
asked = ImageInput(formats=[kind.lower()], max_pixels=4_000_000, resize=[16, 16])
rng, told, slowest = random.Random(kind), {}, 0.0
for flip in range(flips):
    data = bytearray(whole)
    for _ in range(rng.choice([1, 1, 4, 30])):
        # headers are where damage does most: every second flip falls on the first 100 bytes
        at = rng.randrange(100 if rng.random() < 0.5 else len(data))
        data[at] = rng.randrange(256)
    if rng.random() < 0.1:
        data = data[: rng.randrange(len(data))]
    start = time.perf_counter()
    with pillow(asked):
        try:
            decode(bytes(data), asked)
            name = "decoded"
        except ImageFault as fault:
            name = fault.code
            assert "object at 0x" not in fault.what
    told[name] = told.get(name, 0) + 1
    slowest = max(slowest, time.perf_counter() - start)
# ru_maxrss would count the test process that this one was forked from
most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"told": told, "slowest": slowest, "memory": int(most.split()[1])}))
"""


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_flipped_bytes_are_decoded_or_refused_quickly_and_in_little_memory(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind, str(FLIPS)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sum(found["told"].values()) == FLIPS
    assert set(found["told"]) <= {"decoded", "DLA342", "DLA343", "DLA344", "DLA345"}
    assert found["told"]["DLA342"] > 10
    assert found["slowest"] < 10
    assert found["memory"] < 1 << 20  # kB


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    from image_sets import opened, write_set
    from PIL import Image

    from dlaudit.errors import DataRefused

    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)  # 400 million pixels in 49 kB
    assert bomb.stat().st_size < 100_000
    with pytest.raises(DataRefused) as caught:
        opened(write_set(tmp_path, {"bomb.png": None}))
    assert caught.value.code == "DLA343"
