"""Layouts: which elements change hands, for every shape of input, and contributions gathered by player."""

import numpy as np
import pytest
import torch

from dlaudit.attributions.layout import NOBODY, Layout


def made(owner, names=("a", "b", "c")):
    return Layout(names=names, owner=tuple(torch.tensor(one) for one in owner))


def by_hand(row, other, owner, present):
    """One hybrid, element by element."""
    owner = torch.as_tensor(owner).expand_as(row)
    flat = [
        own if who == NOBODY or present[who] else foreign
        for own, foreign, who in zip(row.flatten(), other.flatten(), owner.flatten().tolist(), strict=True)
    ]
    return torch.stack(flat).reshape(row.shape)


OWNERS = {
    "table": ((4,), [[0, 1, 1, NOBODY]]),
    "image": ((3, 2, 2), [[[[0, 1], [2, NOBODY]]]]),
    "series": ((2, 3), [[[0, 1, 2], [2, 1, 0]]]),
    "whole": ((2, 3), [[[1]]]),
    "number": ((), [2]),
    "own numbers": ((), [2, NOBODY, 0]),
    "own words": ((4,), [[0, 0, 1, NOBODY], [1, 1, 1, 2], [NOBODY, 2, 0, 1]]),
}


@pytest.mark.parametrize("kind", OWNERS)
def test_hybrids_are_what_they_are_by_hand(kind):
    shape, owner = OWNERS[kind]
    layout = made([owner])
    rows, others = (
        torch.arange(3 * np.prod(shape)).reshape(3, *shape),
        -torch.arange(3 * np.prod(shape)).reshape(3, *shape),
    )
    present = torch.tensor([[[True, False, True], [False, False, False]]]).expand(3, 2, 3).clone()
    present[1] = ~present[1]
    each = [owner[0]] * 3 if len(owner) == 1 else owner
    (found,) = layout.mixed((rows,), (others,), present)
    expected = [by_hand(rows[i], others[i], each[i], present[i, c]) for i in range(3) for c in range(2)]
    assert torch.equal(found, torch.stack(expected))
    (single,) = layout.mixed((rows,), (others,), present[:, 0])
    assert torch.equal(single, found[::2])
    (shared,) = layout.mixed((rows,), (others[:1],), present[:1])
    expected = [by_hand(rows[i], others[0], each[i], present[0, c]) for i in range(3) for c in range(2)]
    assert torch.equal(shared, torch.stack(expected))


@pytest.mark.parametrize("kind", OWNERS)
def test_each_hybrid_may_have_a_reference_of_its_own(kind):
    shape, owner = OWNERS[kind]
    rows, others = torch.randn(3, *shape), torch.randn(3, 2, *shape)
    present = torch.tensor([[[True, False, True], [False, True, False]]])
    each = [owner[0]] * 3 if len(owner) == 1 else owner
    (found,) = made([owner]).mixed((rows,), (others,), present)
    expected = [by_hand(rows[i], others[i, c], each[i], present[0, c]) for i in range(3) for c in range(2)]
    assert torch.equal(found, torch.stack(expected))
    (same,) = made([owner]).mixed((rows,), (others[:, :1],), present)
    (repeated,) = made([owner]).mixed((rows,), (others[:, 0],), present)
    assert torch.equal(same, repeated)


def test_some_rows_of_a_layout_are_laid_out_as_they_were():
    layout = made([OWNERS["own words"][1]])
    assert layout.take(slice(1, 3)).owner[0].tolist() == OWNERS["own words"][1][1:]
    assert layout.take(torch.tensor([2, 0])).owner[0].tolist() == [OWNERS["own words"][1][2], OWNERS["own words"][1][0]]
    shared = made([OWNERS["table"][1]])
    assert shared.take(slice(1, 3)).owner[0].tolist() == OWNERS["table"][1]


@pytest.mark.parametrize("kind", OWNERS)
def test_contributions_are_gathered_by_player_and_nobodys_are_dropped(kind):
    shape, owner = OWNERS[kind]
    values = torch.randn(3, *shape, dtype=torch.float64)
    each = [owner[0]] * 3 if len(owner) == 1 else owner
    expected = [
        [float(values[i][torch.tensor(each[i]).expand(shape) == player].sum()) for player in range(3)] for i in range(3)
    ]
    np.testing.assert_allclose(made([owner]).gathered([values]), expected, atol=1e-12)


def test_several_inputs_are_one_layout():
    layout = made([[[0, 1]], [2]], names=("a", "b", "c"))
    rows, others = (torch.ones(2, 2), torch.ones(2)), (torch.zeros(2, 2), torch.zeros(2))
    first, second = layout.mixed(rows, others, torch.tensor([[True, False, False], [False, True, True]]))
    assert first.tolist() == [[1, 0], [0, 1]] and second.tolist() == [0, 1]
    np.testing.assert_array_equal(layout.gathered([rows[0], 3 * rows[1]]), [[1, 1, 3], [1, 1, 3]])


@pytest.mark.parametrize(
    "kind", [torch.float64, torch.float32, torch.bfloat16, torch.int64, torch.uint8, torch.bool, torch.complex128]
)
def test_numbers_of_any_kind_change_hands_bit_for_bit(kind):
    draw = torch.Generator().manual_seed(0)
    rows, others = ((torch.randn(5, 4, generator=draw) * 3).to(kind) for _ in range(2))
    if kind.is_floating_point:
        rows[0, :3] = torch.tensor([float("nan"), float("inf"), -0.0]).to(kind)
        others[1, :3] = torch.tensor([-float("inf"), -0.0, float("nan")]).to(kind)
    layout = made([[[0, 1, 2, NOBODY]]])
    present = torch.rand(5, 7, 3, generator=draw) < 0.5
    (found,) = layout.mixed((rows,), (others,), present)
    (mask,) = layout.masks(present)
    expected = torch.where(mask, rows[:, None], others[:, None]).flatten(0, 1)
    assert found.dtype == kind
    assert torch.equal(found.view(torch.uint8), expected.view(torch.uint8))
