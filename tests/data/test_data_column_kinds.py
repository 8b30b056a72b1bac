"""Columns that are not of numbers: what they seem to hold is said, with the setting for it."""

from pathlib import Path

import pytest

from dlaudit.data.column_kinds import seems


@pytest.mark.parametrize(
    ("cells", "said", "key"),
    [
        (["a/1.png", "a/2.JPG", ""], "picture files", '[data] image = "x"'),
        (["1.wav", "2.flac"], "sound files", '[data] audio = "x"'),
        (["what a fine day", "I do not like it", "ok"], "texts", '[data] text = "x"'),
        (["E11 I10 N18", "Z00 K21 F32 F32"], "texts", '[input.sequence] column = "x"'),
    ],
)
def test_files_and_texts_are_told_apart_from_levels(cells: list[str], said: str, key: str) -> None:
    found = seems("x", cells)
    assert found is not None
    assert said in found[0] and key in found[1]


@pytest.mark.parametrize("cells", [[], ["red", "green", "blue"], ["New York", "Los Angeles"], ["a.txt", "b.csv"]])
def test_levels_are_no_files_and_no_texts(cells: list[str]) -> None:
    assert seems("x", cells) is None


def test_a_table_of_pictures_without_a_configuration_says_what_to_set(tmp_path: Path, dlaudit_command) -> None:
    import torch

    torch.save(torch.nn.Linear(1, 1).state_dict(), tmp_path / "weights.pt")
    (tmp_path / "net.py").write_text(
        "import torch\ndef load_model(path, device):\n    net = torch.nn.Linear(1, 1)\n"
        "    net.load_state_dict(torch.load(path, weights_only=True))\n    return net\n"
    )
    (tmp_path / "test.csv").write_text("file,ill,sex\n" + "".join(f"{i}.png,{i % 2},F\n" for i in range(20)))
    given = ("--code", "net.py", "--data", "test.csv", "--target", "ill", "--sensitive", "sex")
    done = dlaudit_command("run", "weights.pt", *given, cwd=tmp_path)
    assert done.code == 3
    assert (
        'names of picture files; expected numeric inputs. Say so where they are the input: [data] image = "file".'
        in (" ".join(done.err.split()))
    )
