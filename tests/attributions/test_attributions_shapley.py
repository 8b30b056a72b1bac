"""Our Shapley values: the definition, the libraries, and what must hold for every game."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from shapley_games import by_definition, relative
from torch import nn

from dlaudit.attributions.layout import NOBODY, Layout
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.registry import ATTRIBUTORS, Size
from dlaudit.attributions.request import CannotExplainError
from dlaudit.attributions.shapley import columns, shapley_values, tokens_to_words
from dlaudit.data.batch import Player


class Net(nn.Sequential):
    def __init__(self, width, seed=0, activation=nn.ReLU):
        torch.manual_seed(seed)
        super().__init__(nn.Linear(width, 16), activation(), nn.Linear(16, 16), activation(), nn.Linear(16, 1))


class Texts(nn.Module):
    def __init__(self, seed=0):
        torch.manual_seed(seed)
        super().__init__()
        self.embedding, self.place = nn.Embedding(20, 8), nn.Parameter(torch.randn(1, 6, 8))
        self.hidden, self.head = nn.Linear(8, 8), nn.Linear(8, 1)

    def forward(self, ids):
        return self.head(torch.tanh(self.hidden(self.embedding(ids) * self.place)).mean(1))


def texts(rows, seed=0):
    return torch.randint(1, 20, (rows, 6), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("references", [1, 5])
def test_few_players_have_the_values_of_the_definition(ask, normal, references):
    request = ask(Net(6), normal(4, 6), normal(references, 6, seed=1))
    found = shapley_values(request)
    assert found.error is None and found.detail["exact"]
    for row in range(4):
        np.testing.assert_allclose(found.values[row], by_definition(request, row), atol=1e-6)


def test_the_definition_test_can_fail(ask, normal):
    request = ask(Net(6), normal(4, 6), normal(5, 6, seed=1))
    mean = ask(Net(6), normal(4, 6), normal(5, 6, seed=1).mean(0, keepdim=True))
    assert np.abs(shapley_values(mean).values[0] - by_definition(request, 0)).max() > 1e-3


@pytest.mark.filterwarnings("ignore")  # what shap imports warns
def test_twelve_players_are_enumerated_and_equal_shaps_exact_explainer(ask, normal):
    from shap import explainers, maskers

    net, rows, reference = Net(12), normal(2, 12), normal(1, 12, seed=1)
    found = shapley_values(ask(net, rows, reference))
    assert found.detail["exact"]

    def predict(x):
        return net(torch.from_numpy(x).float())[:, 0].detach().double().numpy()

    exact = explainers.ExactExplainer(predict, maskers.Independent(reference.numpy(), max_samples=1))
    np.testing.assert_allclose(found.values, exact(rows.numpy(), max_evals=2**12, silent=True).values, atol=1e-5)


@pytest.mark.filterwarnings("ignore")  # what shap imports warns
@pytest.mark.parametrize("method", ["KernelExplainer", "PermutationExplainer"])
def test_errors_are_no_larger_than_shaps_at_the_same_budget(ask, normal, method):
    from shap import KernelExplainer, PermutationExplainer

    net, rows, reference = Net(14, activation=nn.Tanh), normal(6, 14), normal(1, 14, seed=1)
    truth = shapley_values(ask(net, rows, reference, evaluations=2**14))
    assert truth.detail["exact"]
    ours = relative(shapley_values(ask(net, rows, reference, evaluations=290)).values, truth.values)

    def predict(x):
        return net(torch.from_numpy(np.asarray(x)).float())[:, 0].detach().double().numpy()

    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    if method == "KernelExplainer":
        explainer = KernelExplainer(predict, reference.numpy(), silent=True)
        theirs = explainer.shap_values(rows.numpy(), nsamples=290, l1_reg=False, silent=True)
    else:
        from shap.maskers import Independent

        explainer = PermutationExplainer(predict, Independent(reference.numpy(), max_samples=1), seed=0)
        theirs = explainer(rows.numpy(), max_evals=290, silent=True).values
    np.random.set_state(state)  # noqa: NPY002
    assert ours <= relative(theirs, truth.values)


@pytest.mark.parametrize(("width", "references"), [(14, 1), (14, 20), (40, 20)])
def test_a_linear_model_has_no_error_however_few_hybrids_are_drawn(ask, normal, width, references):
    net = nn.Linear(width, 1).double()
    rows, background = normal(9, width).double(), normal(references, width, seed=1).double()
    found = shapley_values(ask(net, rows, background, evaluations=160))
    assert not found.detail["exact"]
    expected = ((rows - background.mean(0)) * net.weight.detach()[0]).numpy()
    np.testing.assert_allclose(found.values, expected, atol=1e-8)
    assert found.error.max() < 1e-8


def test_a_sum_of_curves_has_no_error_and_a_product_has(ask, normal):
    rows, background = normal(9, 14).double(), normal(20, 14, seed=1).double()
    curves = shapley_values(ask(lambda x: torch.sin(3 * x).sum(1, keepdim=True), rows, background))
    expected = (torch.sin(3 * rows) - torch.sin(3 * background).mean(0)).numpy()
    np.testing.assert_allclose(curves.values, expected, atol=1e-8)
    product = shapley_values(ask(lambda x: (x[:, :3].prod(1) + x.sum(1))[:, None], rows, background))
    assert product.error.max() > 1e-3


def test_players_of_several_columns_play_the_game_on_groups(ask, normal):
    rows, background = normal(3, 4), normal(5, 4, seed=1)
    players = (Player(name="pair", columns=(0, 1)), Player(name="rest", columns=(2, 3)))

    def product(x):
        return x[:, :1] * x[:, 1:2] * x[:, 2:3] + x[:, 3:]

    request = ask(product, rows, background, players=players)
    grouped, single = shapley_values(request), shapley_values(ask(product, rows, background))
    for row in range(3):
        np.testing.assert_allclose(grouped.values[row], by_definition(request, row), atol=1e-6)
    added = np.stack([single.values[:, :2].sum(1), single.values[:, 2:].sum(1)], axis=1)
    assert np.abs(grouped.values - added).max() > 1e-2
    np.testing.assert_allclose(grouped.values.sum(1), added.sum(1), atol=1e-6)


def test_tokens_are_exchanged_and_padding_stays(ask):
    ids, background = texts(3), texts(4, seed=1)
    words = np.array([[-1, 0, 0, 1, 2, -1], [-1, 0, 1, 2, 3, -1], [0, 0, 0, 0, 0, -1]])
    request = ask(Texts(), ids, background, layout=tokens_to_words(words))
    found = shapley_values(request)
    for row in range(3):
        np.testing.assert_allclose(found.values[row], by_definition(request, row), atol=1e-6)
    np.testing.assert_array_equal(found.values[0, 3:], 0.0)
    np.testing.assert_array_equal(found.values[2, 1:], 0.0)
    np.testing.assert_allclose(found.completeness, 0, atol=1e-6)


def test_sampled_words_add_up_and_words_a_row_does_not_have_get_nothing(ask):
    ids, background = texts(8), texts(9, seed=1)
    words = np.tile(np.arange(6), (8, 1))
    words[:4, 4:] = -1
    found = shapley_values(ask(Texts(), ids, background, layout=tokens_to_words(words), evaluations=30))
    exact = shapley_values(ask(Texts(), ids, background, layout=tokens_to_words(words), evaluations=500))
    assert not found.detail["exact"] and exact.detail["exact"]
    np.testing.assert_array_equal(found.values[:4, 4:], 0.0)
    np.testing.assert_allclose(found.completeness, 0, atol=1e-6)
    np.testing.assert_allclose(found.change, exact.change, atol=1e-6)
    assert relative(found.values, exact.values) < 0.5


def test_several_inputs_of_several_kinds_are_one_game(ask, normal):
    class Mixed(nn.Module):
        def __init__(self):
            torch.manual_seed(0)
            super().__init__()
            self.codes, self.net = nn.Embedding(5, 3), Net(9)

        def forward(self, x, codes, flag):
            return self.net(torch.cat([x, self.codes(codes[:, 0]), self.codes(codes[:, 1])], 1)) * (1 + flag[:, None])

    def inputs(rows, seed):
        generator = torch.Generator().manual_seed(seed)
        codes = torch.randint(0, 5, (rows, 2), generator=generator)
        return normal(rows, 3, seed=seed), codes, torch.rand(rows, generator=generator)

    rows, background = inputs(4, 0), inputs(5, 1)
    request = ask(Mixed(), rows, background)
    assert len(request.layout) == 6
    found = shapley_values(request)
    for row in range(4):
        np.testing.assert_allclose(found.values[row], by_definition(request, row), atol=1e-6)
    few = shapley_values(ask(Mixed(), rows, background, evaluations=20))
    assert not few.detail["exact"]
    np.testing.assert_allclose(few.completeness, 0, atol=1e-6)


@pytest.mark.parametrize(("width", "references", "evaluations"), [(8, 3, 512), (14, 1, 300), (14, 6, 100)])
def test_batch_sizes_change_nothing(ask, normal, width, references, evaluations):
    rows, background = normal(20, width).double(), normal(references, width, seed=1).double()
    rows[:9, 2:5] = background[0, 2:5]
    net = Net(width).double()
    asked = {"evaluations": evaluations}
    whole = shapley_values(ask(net, rows, background, batch_size=100_000, **asked))
    small = shapley_values(ask(net, rows, background, batch_size=37, **asked))
    np.testing.assert_allclose(small.values, whole.values, atol=1e-12)
    if whole.error is not None:
        np.testing.assert_allclose(small.error, whole.error, atol=1e-10)


def test_memory_that_runs_out_is_halved_and_changes_nothing(ask, normal):
    net, rows, background = Net(14).double(), normal(4, 14).double(), normal(4, 14, seed=1).double()

    def narrow(x):
        if len(x) > 50:
            raise RuntimeError("CUDA out of memory. Tried to allocate")
        return net(x)

    memory = Memory(150)
    found = shapley_values(ask(narrow, rows, background, evaluations=60, memory=memory))
    whole = shapley_values(ask(net, rows, background, evaluations=60))
    np.testing.assert_allclose(found.values, whole.values, atol=1e-12)
    assert memory.halved and memory.rows <= 50


def test_the_callers_tensors_and_model_are_untouched(ask, normal):
    class InPlace(nn.Module):
        def forward(self, x):
            x += 0.5
            return x.relu_().prod(1, keepdim=True)

    for width in (4, 14):
        net = nn.Sequential(InPlace()).train()
        rows, background = normal(5, width), normal(6, width, seed=1)
        kept, kept_background = rows.clone(), background.clone()
        shapley_values(ask(net, rows, background))
        assert torch.equal(rows, kept) and torch.equal(background, kept_background) and net.training


def test_rows_that_agree_with_references_cost_less_and_are_exact(ask):
    generator = torch.Generator().manual_seed(0)
    rows = (torch.rand(30, 20, generator=generator) < 0.15).float()
    request = ask(Net(20), rows, torch.zeros(1, 20))
    found = shapley_values(request)
    assert found.detail["exact"] and request.score.forward < 30 * 512
    np.testing.assert_array_equal(found.values[rows.numpy() == 0], 0.0)
    np.testing.assert_allclose(found.completeness, 0, atol=1e-6)


def test_values_that_are_not_finite_are_refused(ask, normal):
    with pytest.raises(CannotExplainError, match="not finite for some mixtures"):
        shapley_values(ask(lambda x: torch.log(x.sum(1, keepdim=True)), normal(4, 5), normal(6, 5, seed=1)))


def test_too_many_players_are_refused_with_the_number_that_would_do(ask, normal):
    with pytest.raises(CannotExplainError, match="200 players need at least 796 hybrids of each row, 80 are allowed"):
        shapley_values(ask(Net(200), normal(4, 200), normal(6, 200, seed=1), evaluations=20))


@pytest.mark.parametrize(
    ("rows", "width", "references", "evaluations"),
    [(40, 6, 1, 512), (40, 6, 20, 512), (40, 12, 1, 512), (40, 14, 1, 512), (300, 14, 10, 512), (3, 30, 20, 200)],
)
def test_the_planned_cost_is_what_it_takes(ask, normal, rows, width, references, evaluations):
    request = ask(Net(width), normal(rows, width), normal(references, width, seed=1), evaluations=evaluations)
    shapley_values(request)
    size = Size(rows=rows, players=width, elements=width, background=references, steps=64, evaluations=evaluations)
    assert request.score.passes / rows == pytest.approx(ATTRIBUTORS.get("shapley_values").cost(size), rel=0.1)


GAMES = given(seed=st.integers(0, 10_000), width=st.integers(2, 16), references=st.integers(1, 5))


@settings(max_examples=12, deadline=None)
@GAMES
def test_values_add_up_and_what_changes_nothing_gets_nothing(seed, width, references):
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(width, generator=generator).double()
    weights[0] = 0.0  # the first player changes nothing
    found = _of(lambda x: torch.tanh((x * weights).sum(1)), width, references, seed)
    np.testing.assert_allclose(found.completeness, 0, atol=1e-10)
    noise = 1e-10 if found.error is None else 6 * found.error[:, 0] + 1e-10
    assert (np.abs(found.values[:, 0]) <= noise).all()


@settings(max_examples=12, deadline=None)
@GAMES
def test_values_of_a_sum_of_scores_are_the_sum_of_their_values(seed, width, references):
    generator = torch.Generator().manual_seed(seed)
    one, two = torch.randn(2, width, generator=generator).double()

    def first(x):
        return torch.tanh((x * one).sum(1))

    def second(x):
        return ((x * two).sum(1)) ** 2

    parts = [_of(score, width, references, seed) for score in (first, second)]
    together = _of(lambda x: first(x) + second(x), width, references, seed)
    apart = np.abs(together.values - sum(one.values for one in parts))
    # coalitions drawn by size: a score's imitation is chosen for it, so sums agree within standard errors
    drawn_by_size = together.error is not None and together.detail["orders"] == 0
    noise = 6 * sum(one.error for one in (*parts, together)) if drawn_by_size else 0.0
    assert (apart <= noise + 1e-7 * (1 + np.abs(together.values))).all()


@settings(max_examples=12, deadline=None)
@GAMES
def test_players_that_do_the_same_have_the_same_value(seed, width, references):
    rows, background = _rows(width, references, seed)
    rows[:, 1], background[:, 1] = rows[:, 0], background[:, 0]
    found = shapley_values(_asked(lambda x: torch.tanh(x.sum(1)), rows, background, seed))
    apart = np.abs(found.values[:, 0] - found.values[:, 1])
    noise = 1e-10 if found.error is None else 6 * found.error[:, :2].sum(1) + 1e-10
    assert (apart <= noise).all()


def test_the_symmetry_test_can_fail():
    rows, background = _rows(5, 3, 0)
    found = shapley_values(_asked(lambda x: torch.tanh(x.sum(1)), rows, background, 0))
    assert np.abs(found.values[:, 0] - found.values[:, 1]).min() > 1e-3


def _rows(width, references, seed):
    generator = torch.Generator().manual_seed(seed + 1)
    return (torch.randn(count, width, generator=generator).double() for count in (6, references))


def _asked(score, rows, background, seed):
    from dlaudit.attributions.request import Request

    return Request(
        score=score,
        rows=(rows,),
        background=(background,),
        layout=layout_of([], (rows,)),
        generator=np.random.default_rng(seed),
        evaluations=200,
    )


def _of(score, width, references, seed):
    return shapley_values(_asked(score, *_rows(width, references, seed), seed))


def test_elements_of_nobody_stay_the_rows_own(ask, normal):
    rows, background = normal(4, 4), normal(5, 4, seed=1)
    layout = Layout(names=("a", "b"), owner=(torch.tensor([[0, NOBODY, 1, 0]]),))
    request = ask(Net(4), rows, background, layout=layout)
    found = shapley_values(request)
    for row in range(4):
        np.testing.assert_allclose(found.values[row], by_definition(request, row), atol=1e-6)
    free = shapley_values(ask(Net(4), rows, background, layout=columns(["a", "b"], [[0, 3], [1, 2]])))
    assert np.abs(found.change - free.change).max() > 1e-3


def test_a_single_player_has_the_whole_change(ask, normal):
    found = shapley_values(ask(Net(3), normal(4, 3), normal(50, 3, seed=1), layout=columns(["all"], [[0, 1, 2]])))
    np.testing.assert_allclose(found.values[:, 0], found.change, atol=1e-6)
