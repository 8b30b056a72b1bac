"""Layouts of tables, images, series and texts, and that the engine plays the games they describe."""

import numpy as np
import pytest
import torch
from shapley_games import by_definition
from torch import nn

from dlaudit.attributions.shapley import columns, joined, patches, shapley_values, tokens_to_words, windows


class Convolutions(nn.Module):
    def __init__(self):
        torch.manual_seed(0)
        super().__init__()
        self.first, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 1)

    def forward(self, x):
        return self.head(nn.functional.max_pool2d(torch.relu(self.first(x)), 2).mean((2, 3)))


class Recurrent(nn.Module):
    def __init__(self):
        torch.manual_seed(0)
        super().__init__()
        self.lstm, self.head = nn.LSTM(2, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


@pytest.mark.parametrize(("shape", "grid"), [((5, 3, 8, 8), (4, 4)), ((3, 7, 5), (3, 2)), ((1, 1, 4, 9), (1, 9))])
def test_patches_cover_images_evenly(shape, grid):
    layout = patches(shape, grid)
    (owner,) = layout.owner
    assert owner.shape == (1, 1, *shape[-2:]) and len(layout) == grid[0] * grid[1]
    count = np.bincount(owner.flatten().numpy(), minlength=len(layout)).reshape(grid)
    down, right = shape[-2] // grid[0], shape[-1] // grid[1]
    assert count.min() >= down * right and count.max() <= (down + 1) * (right + 1)
    # a patch is a rectangle
    for player in range(len(layout)):
        at = torch.nonzero(owner[0, 0] == player)
        assert np.prod((at.max(0).values - at.min(0).values + 1).numpy()) == len(at)


def test_patches_are_named_by_place():
    assert patches((3, 4, 4), (2, 2)).names == (
        "patch row 1, column 1",
        "patch row 1, column 2",
        "patch row 2, column 1",
        "patch row 2, column 2",
    )


def test_windows_are_named_by_channel_and_steps():
    apart = windows((5, 7, 2), 3, named=["pulse", "breath"])
    assert apart.names[:3] == ("pulse, steps 1 to 3", "pulse, steps 4 to 6", "pulse, step 7")
    assert apart.owner[0][0].T.tolist() == [[0, 0, 0, 1, 1, 1, 2], [3, 3, 3, 4, 4, 4, 5]]
    together = windows((7, 2), 4, channels="together")
    assert together.names == ("steps 1 to 4", "steps 5 to 7")
    assert together.owner[0].shape == (1, 7, 1)


def test_words_keep_their_tokens_together_and_padding_out():
    layout = tokens_to_words(np.array([[-1, 0, 0, 1, -1], [-1, 0, 1, 2, 3]]))
    assert layout.names == ("word 1", "word 2", "word 3", "word 4")
    assert layout.owner[0].tolist() == [[-1, 0, 0, 1, -1], [-1, 0, 1, 2, 3]]


def test_columns_are_named_and_grouped():
    assert columns(["a", "b"]).owner[0].tolist() == [[0, 1]]
    assert columns(["a", "b"], [[2, 0], [1]]).owner[0].tolist() == [[0, 1, 0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: columns(["a", "b"], [[0], [0]]), "exactly once"),
        (lambda: columns(["a"], [[0], [1]]), "2 groups for 1 names"),
        (lambda: patches((3, 4, 4), (5, 1)), "5 patches along 4 rows"),
        (lambda: patches((3, 4, 4), (1, 0)), "0 patches along 4 columns"),
        (lambda: windows((4, 2), 0), "at least 1"),
        (lambda: windows((4, 2), 2, named=["one"]), "1 names for 2 channels"),
        (lambda: tokens_to_words(np.array([[0, 1]]), ["one"]), "1 names for 2 words"),
    ],
)
def test_impossible_layouts_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_patches_of_images_play_their_game(ask, normal):
    images, background = normal(2, 3, 7, 8), normal(3, 3, 7, 8, seed=1)
    request = ask(Convolutions(), images, background, layout=patches(images.shape, (2, 3)))
    found = shapley_values(request)
    for row in range(2):
        np.testing.assert_allclose(found.values[row], by_definition(request, row), atol=1e-6)


@pytest.mark.parametrize("channels", ["apart", "together"])
def test_windows_of_series_play_their_game(ask, normal, channels):
    series, background = normal(2, 10, 2), normal(3, 10, 2, seed=1)
    request = ask(Recurrent(), series, background, layout=windows(series.shape, 4, channels=channels))
    found = shapley_values(request)
    for row in range(2):
        np.testing.assert_allclose(found.values[row], by_definition(request, row), atol=1e-6)


def test_sixteen_patches_are_sampled_and_add_up(ask, normal):
    images, background = normal(4, 3, 8, 8), normal(5, 3, 8, 8, seed=1)
    found = shapley_values(
        ask(Convolutions(), images, background, layout=patches(images.shape, (4, 4)), evaluations=100)
    )
    assert not found.detail["exact"]
    np.testing.assert_allclose(found.completeness, 0, atol=1e-10)


def test_a_picture_and_a_table_are_joined(ask, normal):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.eye = Convolutions()

        def forward(self, image, x):
            return self.eye(image) * x[:, :1] + x[:, 1:]

    rows, background = (normal(2, 3, 6, 6), normal(2, 2, seed=3)), (normal(3, 3, 6, 6, seed=1), normal(3, 2, seed=2))
    layout = joined([patches(rows[0].shape, (2, 1)), columns(["age", "dose"])])
    assert layout.names == ("patch row 1, column 1", "patch row 2, column 1", "age", "dose")
    request = ask(Both(), rows, background, layout=layout)
    found = shapley_values(request)
    for row in range(2):
        np.testing.assert_allclose(found.values[row], by_definition(request, row), atol=1e-6)
