"""Codes and tokens explained by the vectors of their embeddings: right numbers, or a refusal with the reason."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from dlaudit.attributions.layout import NOBODY, Layout
from dlaudit.attributions.paths import (
    FAMILY,
    expected_gradients,
    input_x_gradient,
    integrated_gradients,
    integrated_gradients_at,
    lifted,
    saliency,
    shared_pass,
)
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.attributions.request import CannotExplainError
from dlaudit.attributions.score import frozen

VOCABULARY, WIDTH, LENGTH = 30, 6, 7


def tokens(rows, seed=0, low=1, length=LENGTH, high=VOCABULARY):
    return torch.randint(low, high, (rows, length), generator=torch.Generator().manual_seed(seed))


def padded(rows, seed=0):
    ids = tokens(rows, seed)
    lengths = torch.randint(2, LENGTH + 1, (rows, 1), generator=torch.Generator().manual_seed(seed + 1))
    return torch.where(torch.arange(LENGTH) < lengths, ids, 0)


def seeded(make, seed=0):
    torch.manual_seed(seed)
    return make().eval()


class Text(nn.Module):
    """Tokens and positions through attention to one score; `how` says in which way the table is used."""

    def __init__(self, how="module", mask=False):
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, WIDTH, padding_idx=0)
        self.places = nn.Embedding(LENGTH, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, 2, 12, batch_first=True, activation="gelu", dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(WIDTH, 1)
        self.how, self.mask = how, mask

    def look_up(self, ids):
        if self.how == "functional":
            return functional.embedding(ids, self.table.weight)
        if self.how == "flattened":
            return self.table(ids.flatten()).reshape(*ids.shape, WIDTH)
        if self.how == "transposed":
            return self.table(ids.t()).transpose(0, 1)
        if self.how == "place by place":
            return torch.stack([self.table(ids[:, at]) for at in range(ids.shape[1])], dim=1)
        return self.table(ids)

    def forward(self, ids):
        padding = ids == 0 if self.mask else torch.zeros_like(ids, dtype=torch.bool)
        states = self.look_up(ids) + self.places(torch.arange(ids.shape[1], device=ids.device))
        states = self.encoder(states, src_key_padding_mask=padding)
        kept = (~padding).unsqueeze(-1).to(states.dtype)
        return self.head((states * kept).sum(1) / kept.sum(1))


class Product(nn.Module):
    """One table used for two inputs: the score is the product of their vectors."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, WIDTH)

    def forward(self, one, two):
        return (self.table(one).sum(1) * self.table(two).sum(1)).sum(1, keepdim=True)


class Tied(nn.Module):
    """The table is the output layer, too."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, WIDTH)
        self.inner = nn.Linear(WIDTH, WIDTH)

    def forward(self, ids):
        states = torch.tanh(self.inner(self.table(ids))).mean(1)
        return (states @ self.table.weight.t())[:, 3:4]


class Mixed(nn.Module):
    """Numbers and codes together."""

    def __init__(self):
        super().__init__()
        self.job, self.town = nn.Embedding(5, 3), nn.Embedding(9, 4)
        self.net = nn.Sequential(nn.Linear(3 + 3 + 4, 16), nn.Tanh(), nn.Linear(16, 1))

    def forward(self, numbers, codes):
        return self.net(torch.cat([numbers, self.job(codes[:, 0]), self.town(codes[:, 1])], dim=1))


class OneTable(nn.Module):
    """Numbers and codes in one float matrix, as a data file gives them."""

    def __init__(self):
        super().__init__()
        self.net = Mixed()

    def forward(self, rows):
        return self.net(rows[:, :3], rows[:, 3:].long())


def codes(rows, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(0, size, (rows,), generator=generator) for size in (5, 9)], dim=1)


def mean_reference(vectors, reference, gradient, nodes=60):
    """Integrated gradients of vectors by plain quadrature, added up over the vector: `gradient(points)`."""
    at, weights = np.polynomial.legendre.leggauss(nodes)
    total = torch.zeros_like(vectors, dtype=torch.float64)
    for node, weight in zip((at + 1) / 2, weights / 2, strict=True):
        points = (reference + float(node) * (vectors - reference)).requires_grad_()
        total += float(weight) * torch.autograd.grad(gradient(points).sum(), points)[0].double()
    return (total * (vectors - reference)).sum(-1).numpy()


@pytest.mark.parametrize("how", ["module", "functional", "flattened", "transposed", "place by place"])
def test_tokens_are_explained_as_plain_quadrature_over_their_vectors(ask, how):
    net, rows, background = seeded(lambda: Text(how)), tokens(5), tokens(8, 1)

    def rest(vectors):
        return net.head(net.encoder(vectors + net.places(torch.arange(LENGTH))).mean(1))[:, 0]

    expected = mean_reference(net.table(rows).detach(), net.table(background).detach().mean(0, keepdim=True), rest)
    found = integrated_gradients_at(ask(net, rows, background), 60)
    np.testing.assert_allclose(found.values, expected, atol=2e-6)
    assert found.elements is not None and found.elements[0].shape == rows.shape
    assert np.abs(found.completeness).max() < 1e-5


@pytest.mark.parametrize("net", [Text, lambda: Text(mask=True), Tied])
def test_tokens_equal_captums_layer_integrated_gradients(ask, net):
    from captum.attr import LayerIntegratedGradients

    module, rows, background = seeded(net), padded(6), tokens(1, 5)
    found = integrated_gradients_at(ask(module, rows, background), 30)
    direct = LayerIntegratedGradients(module, module.table).attribute(
        rows, background.expand_as(rows), target=0, n_steps=30
    )
    np.testing.assert_allclose(found.values, direct.sum(-1).detach().numpy(), atol=1e-5)


def test_a_table_used_for_two_inputs_has_a_path_for_each_use(ask):
    net, one, two = seeded(Product), tokens(6, 1), tokens(6, 2)
    request = ask(net, (one, two), (tokens(4, 3), tokens(4, 4)))
    found = integrated_gradients(request)
    with torch.no_grad():
        ends = [net.table(ids).sum(1).double() for ids in (one, two)]
        starts = [net.table(ids).sum(1).double().mean(0) for ids in request.background]
    # along a line a product's integral is the mean of its ends
    shares = [((ends[1 - at] + starts[1 - at]) / 2 * (ends[at] - starts[at])).sum(1) for at in (0, 1)]
    assert found.elements is not None
    for share, elements in zip(shares, found.elements, strict=True):
        np.testing.assert_allclose(elements.sum(1), share, atol=1e-5)
    assert np.abs(found.completeness).max() < 1e-5


def test_captum_is_silently_wrong_where_a_table_is_used_twice():
    from captum.attr import LayerIntegratedGradients

    net, one, two = seeded(Product), tokens(6, 1), tokens(6, 2)
    starts = (tokens(1, 3).expand_as(one), tokens(1, 4).expand_as(two))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        direct = LayerIntegratedGradients(net, net.table).attribute((one, two), starts, target=0, n_steps=30)
    several = direct if isinstance(direct, tuple) else (direct,)
    change = (net(one, two) - net(*starts))[:, 0].detach()
    total = sum(part.reshape(6, -1).sum(1) for part in several).detach()
    assert float((total - change).abs().median()) > 0.1 * float(change.abs().median())


def test_gradients_of_the_table_itself_are_wrong_where_it_is_tied(ask):
    net, rows = seeded(Tied), tokens(1)
    rows[0, 0] = 3  # the token whose vector the output layer uses
    vectors = net.table(rows).detach().requires_grad_()
    (gradient,) = torch.autograd.grad((torch.tanh(net.inner(vectors)).mean(1) @ net.table.weight[3]).sum(), vectors)
    exact = (vectors * gradient).sum(-1)[0].detach().numpy()
    found = input_x_gradient(ask(net, rows, tokens(4, 1)))
    np.testing.assert_allclose(found.values[0], exact, atol=1e-6)
    (by_table,) = torch.autograd.grad(net(rows).sum(), net.table.weight)
    naive = float((net.table.weight[3] * by_table[3]).sum().detach())
    assert abs(naive - exact[(rows[0] == 3).numpy()].sum()) > 0.01


@pytest.mark.parametrize("method", [integrated_gradients, lambda asked: integrated_gradients_at(asked, 64)])
def test_numbers_and_codes_share_one_path_and_one_completeness_check(ask, normal, method):
    net = seeded(Mixed)
    found = method(ask(net, (normal(20, 3), codes(20)), (normal(9, 3, seed=1), codes(9, 1))))
    assert found.values.shape == (20, 3 + 2)
    assert np.abs(found.completeness).max() <= 0.02 * np.abs(found.change).max()
    assert found.detail["embedding_calls"] == 2


def test_gradients_of_the_numbers_alone_would_leave_out_the_codes(ask, normal):
    net = seeded(Mixed)
    found = integrated_gradients(ask(net, (normal(20, 3), codes(20)), (normal(9, 3, seed=1), codes(9, 1))))
    only_numbers = found.values[:, :3].sum(1) - found.change
    assert np.median(np.abs(only_numbers)) > 0.1 * np.median(np.abs(found.change))


def test_codes_in_a_float_matrix_are_explained_as_codes(ask, normal):
    net, numbers, coded = seeded(OneTable), normal(12, 3), codes(12)
    others = (normal(9, 3, seed=1), codes(9, 1))
    apart = integrated_gradients(ask(net.net, (numbers, coded), others))
    together = integrated_gradients(ask(net, torch.cat([numbers, coded], 1), torch.cat(others, 1)))
    np.testing.assert_allclose(together.values, apart.values, atol=1e-6)


def test_a_shared_table_with_an_offset_per_column_is_followed(ask):
    class Offsets(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(14, 3)
            self.net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1))

        def forward(self, given):
            return self.net(self.table(given + torch.tensor([0, 5])).flatten(1))

    found = integrated_gradients(ask(seeded(Offsets), codes(15), codes(8, 1)))
    assert found.values.shape == (15, 2) and (np.abs(found.values).max(0) > 0.01).all()
    assert np.abs(found.completeness).max() <= 0.02 * np.abs(found.change).max()


@pytest.mark.parametrize("mode", ["sum", "mean"])
@pytest.mark.parametrize("padding", [None, 0])
def test_the_codes_of_a_bag_have_a_contribution_each(ask, mode, padding):
    class Bag(nn.Module):
        def __init__(self):
            super().__init__()
            self.bag = nn.EmbeddingBag(VOCABULARY, WIDTH, mode=mode, padding_idx=padding)
            self.head = nn.Linear(WIDTH, 1)

        def forward(self, ids):
            return self.head(self.bag(ids))

    net, rows, background = seeded(Bag), padded(6), tokens(5, 3)
    found = integrated_gradients(ask(net, rows, background))
    with torch.no_grad():
        counted = torch.ones_like(rows) if padding is None else rows != padding
        size = torch.ones(6, 1) if mode == "sum" else counted.sum(1, keepdim=True)
        vectors = net.bag.weight[rows] * (1 if padding is None else (rows != 0).unsqueeze(-1))
        expected = (vectors - net.bag.weight[background].mean(0)) @ net.head.weight[0] / size
    np.testing.assert_allclose(found.values, expected.numpy(), atol=1e-5)
    assert np.abs(found.completeness).max() < 1e-5


def test_positions_stay_and_padding_is_the_rows_own(ask):
    net, rows, background = seeded(lambda: Text(mask=True)), padded(9), padded(12, 7)
    request = ask(net, rows, background)
    found = integrated_gradients(request)
    assert found.detail["embedding_calls"] == 1
    assert "padding" in found.reference
    assert np.abs(found.values[(rows == 0).numpy()]).max() < 1e-7
    assert np.abs(found.completeness).max() <= 0.02 * np.abs(found.change).max()
    again = expected_gradients(ask(net, rows, background, steps=120))
    assert np.abs(again.completeness).max() < 0.2 * np.abs(again.change).max()


def test_a_mask_tensor_stays_the_rows_own(ask):
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(VOCABULARY, WIDTH), nn.Linear(WIDTH, 1)

        def forward(self, ids, mask):
            kept = mask.unsqueeze(-1).float()
            return torch.tanh(self.head((self.table(ids) * kept).sum(1) / kept.sum(1)))

    rows, others = padded(8), padded(6, 4)
    given = ((rows, (rows > 0).long()), (others, (others > 0).long()))
    found = integrated_gradients(ask(seeded(Masked), *given))
    assert "the mask in input tensor 2" in found.reference
    assert np.abs(found.completeness).max() <= 0.02 * np.abs(found.change).max()


def test_words_of_several_tokens_and_elements_of_nobody(ask):
    net, rows, background = seeded(Text), tokens(4), tokens(6, 1)
    owner = torch.tensor([[NOBODY, 0, 0, 1, 1, 1, 2]])
    words = Layout(names=("a", "b", "c"), owner=(owner,))
    found = integrated_gradients_at(ask(net, rows, background, layout=words), 40)
    assert found.values.shape == (4, 3)
    assert np.abs(found.completeness).max() < 1e-5  # the first token is in the reference, too
    whole = integrated_gradients_at(ask(net, rows, background), 40)
    assert np.abs(whole.change - found.change).max() > 1e-4


def test_an_exported_program_is_explained_like_the_module_it_came_from(ask):
    net, rows, background = seeded(Text), tokens(5), tokens(8, 1)
    program = torch.export.export(net, (rows,), dynamic_shapes=({0: torch.export.Dim("n")},)).module()
    eager = integrated_gradients(ask(net, rows, background))
    exported = integrated_gradients(ask(lambda ids: program(ids), rows, background))
    np.testing.assert_allclose(exported.values, eager.values, atol=1e-6)


def test_one_column_of_codes_needs_no_second_axis(ask, normal):
    class Single(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(9, 3), nn.Linear(5, 1)

        def forward(self, numbers, code):
            return self.head(torch.cat([numbers, self.table(code)], 1))

    found = integrated_gradients(ask(seeded(Single), (normal(8, 2), codes(8)[:, 1]), (normal(5, 2), codes(5, 1)[:, 1])))
    assert found.values.shape == (8, 3)
    assert np.abs(found.completeness).max() < 1e-6


def head_after(look_up, width=WIDTH):
    """A net of one table and one output, with `look_up(net, ids)` between them."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.bag = nn.Embedding(200, width), nn.EmbeddingBag(VOCABULARY, width)
            self.most, self.head = nn.EmbeddingBag(VOCABULARY, width, mode="max"), nn.Linear(width, 1)
            self.line = nn.Parameter(torch.randn(VOCABULARY))

        def forward(self, ids):
            return self.head(look_up(self, ids))

    return seeded(Net)


REFUSED = {
    "a one-hot code": (lambda net, ids: functional.one_hot(ids, VOCABULARY).float().mean(1)[:, :WIDTH], "no embedding"),
    "codes as numbers": (lambda net, ids: ids.float()[:, :WIDTH], "no embedding"),
    "an indexed parameter": (lambda net, ids: net.line[ids][:, :WIDTH], "no embedding"),
    "codes as numbers, too": (lambda net, ids: net.table(ids).mean(1) + ids[:, :1].float(), "in another way"),
    "a one-hot code, too": (
        lambda net, ids: net.table(ids).mean(1) + functional.one_hot(ids, VOCABULARY).float().mean(1)[:, 5:6],
        "in another way",
    ),
    "a bag with offsets": (
        lambda net, ids: net.bag(ids.flatten(), torch.arange(len(ids)) * ids.shape[1]), "offsets",
    ),
    "a bag with weights": (lambda net, ids: functional.embedding_bag(
        ids, net.bag.weight, mode="sum", per_sample_weights=torch.ones(ids.shape)), "a weight for each code"),
    "the largest of a bag": (lambda net, ids: net.most(ids), "largest"),
    "crossed codes": (lambda net, ids: net.table(ids[:, 0] * 5 + ids[:, 1]), "several inputs"),
    "each code once": (
        lambda net, ids: net.table(torch.unique(ids))[torch.searchsorted(torch.unique(ids), ids)].mean(1),
        "no place of their own|depends on the values|differ",
    ),
    "rows in another order": (
        lambda net, ids: net.table(ids[ids[:, 0].argsort()])[ids[:, 0].argsort().argsort()].tanh().mean(1),
        "several inputs|differ|changes by",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_followed_is_refused_with_the_reason(ask, case):
    look_up, reason = REFUSED[case]
    with pytest.raises(CannotExplainError, match=reason):
        integrated_gradients(ask(head_after(look_up), tokens(8), tokens(9, 1)))


def test_the_refusals_would_otherwise_have_been_numbers(ask):
    """Twin: the same net without what is refused is explained."""
    found = integrated_gradients(ask(head_after(lambda net, ids: net.table(ids).mean(1)), tokens(8), tokens(9, 1)))
    assert np.abs(found.completeness).max() < 1e-6


@pytest.mark.parametrize("make", [torch.jit.script, lambda net: torch.jit.trace(net, tokens(3))])
def test_a_torchscript_program_is_refused(ask, make):
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(VOCABULARY, WIDTH), nn.Linear(WIDTH, 1)

        def forward(self, ids):
            return self.head(self.table(ids).mean(1))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = make(seeded(Plain))
    with pytest.raises(CannotExplainError, match="TorchScript"):
        integrated_gradients(ask(program, tokens(4), tokens(5, 1)))


def test_integer_lengths_beside_floats_are_refused_unless_nobody_owns_them(ask, normal):
    class Lengths(nn.Module):
        def forward(self, series, length):
            kept = torch.arange(series.shape[1]) < length[:, None]
            return (series * kept).sum(1, keepdim=True)

    rows = (normal(6, 5), torch.tensor([1, 2, 3, 4, 5, 5]))
    others = (normal(4, 5, seed=1), torch.tensor([5, 4, 3, 2]))
    with pytest.raises(CannotExplainError, match="input tensor 2 is int64"):
        integrated_gradients(ask(Lengths(), rows, others))
    free = Layout(names=tuple("abcde"), owner=(torch.arange(5)[None], torch.tensor([NOBODY])))
    found = integrated_gradients(ask(Lengths(), rows, others, layout=free))
    assert np.abs(found.completeness).max() < 1e-5


def test_saliency_has_no_sign_for_a_vector_and_the_others_share_one_pass(ask):
    net, rows, background = seeded(Text), tokens(5), tokens(8, 1)
    with pytest.raises(CannotExplainError, match="no one sign"):
        saliency(ask(net, rows, background))
    request, names = ask(net, rows, background, steps=16), FAMILY[1:]
    shared = shared_pass(request, names)
    alone = {name: ask(net, rows, background, steps=16) for name in names}
    for name, one in alone.items():
        apart = ATTRIBUTORS.get(name).explain(one)
        np.testing.assert_allclose(shared[name].values, apart.values, atol=1e-6)
    assert request.score.passes < sum(one.score.passes for one in alone.values())


def test_lifting_says_what_it_does_and_leaves_model_and_rows_alone(ask):
    net, rows, background = seeded(lambda: Text(mask=True)).train(), padded(6), padded(5, 9)
    before = {name: one.clone() for name, one in net.state_dict().items()}
    kept = rows.clone()
    request = ask(net, rows, background)
    with frozen(net):
        known = lifted(request)
    assert [(call.number, call.shape, call.padding) for call in known.fed] == [(0, (LENGTH,), 0)]
    assert known.held == ("the padding that codes mark",)
    assert all(torch.equal(before[name], one) for name, one in net.state_dict().items())
    assert torch.equal(rows, kept) and all(part.training for part in net.modules())
    assert not any(part._forward_hooks for part in net.modules())


def test_batch_size_does_not_change_what_is_found(ask):
    net, rows, background = seeded(lambda: Text(mask=True)), padded(9), padded(7, 9)
    whole = integrated_gradients(ask(net, rows, background))
    parts = integrated_gradients(ask(net, rows, background, batch_size=5))
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-6)


def test_a_request_of_floats_is_its_own_lifted_form(ask, normal):
    request = ask(nn.Linear(3, 1), normal(4, 3), normal(5, 3, seed=1))
    known = lifted(request)
    assert known.fed == () and known.held == () and known.alike
    assert known.ends(request.rows) == request.rows
    assert layout_of([], request.rows).names == tuple(f"input {at}" for at in (1, 2, 3))
