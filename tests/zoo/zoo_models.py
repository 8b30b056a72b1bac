"""The animals: small models on which a library is silently wrong, fails, or leaves something behind."""

import torch
import torch.nn.functional as F
from torch import nn


def made(build, *, seed: int = 1, scale: float = 1.0) -> nn.Module:
    """A module with seeded weights, larger by `scale`, in evaluation mode."""
    torch.manual_seed(seed)
    module = build()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(scale)
    return module.eval()


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(10, 32), nn.Linear(32, 32), nn.Linear(32, 2)

    def forward(self, x):
        return self.c(F.relu(self.b(F.relu(self.a(x)))))


class Modules(Functional):
    def __init__(self):
        super().__init__()
        self.r1, self.r2 = nn.ReLU(), nn.ReLU()

    def forward(self, x):
        return self.c(self.r2(self.b(self.r1(self.a(x)))))


class Reused(Functional):
    def __init__(self):
        super().__init__()
        self.r = nn.ReLU()

    def forward(self, x):
        return self.c(self.r(self.b(self.r(self.a(x)))))


def activated(kind):
    return nn.Sequential(nn.Linear(10, 32), kind(), nn.Linear(32, 32), kind(), nn.Linear(32, 2))


def pooled(pool):
    sizes = {"MaxPool2d": 54, "AvgPool2d": 54}
    kernel = pool.kernel_size if isinstance(pool.kernel_size, int) else pool.kernel_size[0]
    width = sizes[type(pool).__name__] if pool.stride == kernel else 216
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), pool, nn.Conv2d(6, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(width, 2)
    )


def softmaxed():
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 5), nn.Softmax(-1))


class Recurrent(nn.Module):
    def __init__(self, kind=nn.LSTM):
        super().__init__()
        self.inner, self.head = kind(6, 24, batch_first=True), nn.Linear(24, 2)

    def forward(self, x):
        return self.head(self.inner(x)[0][:, -1])


class Attending(nn.Module):
    """A transformer on vectors, with the padding in a second input where it is given."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, activation="gelu", dropout=0.1)
        self.encoder, self.head = nn.TransformerEncoder(layer, 2), nn.Linear(32, 2)

    def forward(self, h, padding=None):
        return self.head(self.encoder(h, src_key_padding_mask=padding).mean(1))


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.body = nn.Embedding(50, 16, padding_idx=0), nn.Linear(16, 8)
        self.head = nn.Linear(8, 2)

    def forward(self, ids):
        return self.head(torch.tanh(self.body(self.table(ids))).mean(1))


class Tied(nn.Module):
    """One embedding called twice, as for a question and a document."""

    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(20, 8), nn.Linear(8, 2)

    def forward(self, question, document):
        return self.head(self.table(question).mean(1) * self.table(document).mean(1))


class Mixed(nn.Module):
    """Numbers and codes, as in most tables."""

    def __init__(self):
        super().__init__()
        self.table, self.a, self.b = nn.Embedding(7, 4), nn.Linear(10, 8), nn.Linear(12, 8)
        self.act, self.c = nn.Tanh(), nn.Linear(16, 2)

    def forward(self, x, codes):
        return self.c(self.act(torch.cat([self.a(x), self.b(self.table(codes).flatten(1))], 1)))


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.act, self.c = nn.Linear(10, 8), nn.Linear(3, 8), nn.ReLU(), nn.Linear(16, 2)

    def forward(self, x, y):
        return self.c(self.act(torch.cat([self.a(x), self.b(y)], 1)))


class Normalised(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Linear(10, 32),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(32, 32),
            nn.ReLU(),
            nn.Linear(32, 2),
        )


class InPlaceInput(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = activated(nn.ReLU)

    def forward(self, x):
        x.sub_(0.5)
        return self.inner(x)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.r, self.c, self.r2 = nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 2), nn.ReLU()

    def forward(self, x):
        h = self.r(self.a(x))
        h += x
        return self.c(self.r2(h))


class LinearResidual(Residual):
    def forward(self, x):
        h = self.a(x)
        h += x
        return self.c(self.r2(h))


class Gated(nn.Module):
    """A product of two things that depend on the inputs."""

    def __init__(self):
        super().__init__()
        self.a, self.s, self.c = nn.Linear(10, 16), nn.Sigmoid(), nn.Linear(16, 2)

    def forward(self, x):
        h = self.a(x)
        return self.c(h * self.s(h))


class MaskedByHand(nn.Module):
    """A ReLU written as a product with a mask: the gradient graph shows a product with a constant."""

    def __init__(self):
        super().__init__()
        self.a, self.c = nn.Linear(10, 32), nn.Linear(32, 2)

    def forward(self, x):
        h = self.a(x)
        return self.c(h * (h.detach() > 0))


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = Modules()

    def forward(self, x):
        return self.k(x)


def missed(found, module, rows, background, target=1):
    """Largest completeness error of a library's contributions, and the median size of the change of the output."""
    several = found if isinstance(found, tuple) else (found,)
    rows, background = (one if isinstance(one, tuple) else (one,) for one in (rows, background))
    total = sum(torch.as_tensor(one).detach().double().flatten(1).sum(1) for one in several)
    with torch.no_grad():
        change = (module(*rows) - module(*background))[:, target].double()
    return float((total - change).abs().max()), float(change.abs().median())
