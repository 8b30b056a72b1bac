"""Models whose gradient is not their slope, and models whose score is not one number: small, with the answer known."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional


class Small(nn.Module):
    """A smooth net of five inputs, right in every way; the others are made of it."""

    def __init__(self):
        super().__init__()
        self.a, self.c = nn.Linear(5, 8), nn.Linear(8, 1)

    def body(self, x):
        return torch.tanh(self.a(x))

    def forward(self, x):
        return self.c(self.body(x))[:, 0]


class Detached(Small):
    def forward(self, x):
        return super().forward(x) + 0.3 * torch.sin(x.detach()).sum(1)


class WithoutGradients(Small):
    def forward(self, x):
        with torch.no_grad():
            h = self.body(x)
        return self.c(h)[:, 0] + 0.1 * x.sum(1)


class ThroughNumpy(Small):
    def forward(self, x):
        return super().forward(x) + torch.from_numpy(np.sin(x.detach().numpy())).sum(1)


class Rounded(Small):
    def forward(self, x):
        return super().forward(x) + torch.round(x[:, 0])


class StraightThrough(Small):
    """The gradient of the identity for a sign, as in binary networks."""

    def body(self, x):
        h = self.a(x)
        return h + (torch.sign(h) - h).detach()


class Chosen(Small):
    """A constant chosen by an argmax inside."""

    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.tensor([-1.0, 0.0, 1.0, 2.0]))

    def forward(self, x):
        return super().forward(x) + self.table[x[:, :4].argmax(1)]


class TooSteep(torch.autograd.Function):
    """A tanh with 1.3 times its derivative."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.tanh(x)

    @staticmethod
    def backward(ctx, above):
        (x,) = ctx.saved_tensors
        return 1.3 * above * (1 - torch.tanh(x) ** 2)


class WrongBackward(Small):
    def body(self, x):
        return TooSteep.apply(self.a(x))


class Turned(torch.autograd.Function):
    """The identity, with each gradient given to the neighbour."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, above):
        return above.roll(1, dims=1)


class WrongInputs(Small):
    def forward(self, x):
        return super().forward(Turned.apply(x))


class OtherWithGradients(Small):
    """Another function where gradients are recorded."""

    def forward(self, x):
        return super().forward(x) * (1.5 if torch.is_grad_enabled() else 1.0)


def hooked():
    """A user's hook that halves gradients."""
    module = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))
    module[1].register_full_backward_hook(lambda _module, found, _above: (found[0] * 0.5,))
    return module


LYING = {
    one.__name__: one
    for one in (
        Detached,
        WithoutGradients,
        ThroughNumpy,
        Rounded,
        StraightThrough,
        Chosen,
        WrongBackward,
        WrongInputs,
        OtherWithGradients,
    )
} | {"hooked": hooked}


class Dropping(Small):
    """Dropout that evaluation mode does not end."""

    def body(self, x):
        return functional.dropout(super().body(x), 0.5, training=True)


class Noisy(Small):
    def forward(self, x):
        return super().forward(x) + 0.2 * torch.from_numpy(np.random.normal(size=len(x)))  # noqa: NPY002


class Running(Small):
    """Statistics that run on in evaluation mode."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(8))

    def body(self, x):
        h = self.a(x)
        self.mean.mul_(0.9).add_(0.1 * h.detach().mean(0))
        return torch.tanh(h - self.mean)


class Counting(Small):
    """A score that grows with every pass."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x) * (1 + 0.02 * self.calls)


class BesideOthers(Small):
    """Each row is centred at the mean of the rows that go through with it."""

    def body(self, x):
        h = self.a(x)
        return torch.tanh(h - h.mean(0))


class OneBranch(Small):
    """One branch for the whole batch, taken by its first and its last row."""

    def forward(self, x):
        found = super().forward(x)
        return found if float(x.detach()[0].sum() - x.detach()[-1].sum()) > 0 else -found


class Remembering(Small):
    """The first answer for as many rows is given for ever."""

    def __init__(self):
        super().__init__()
        self.kept = {}

    def forward(self, x):
        return self.kept.setdefault(len(x), super().forward(x).detach())


UNSTEADY = {one.__name__: one for one in (Dropping, Noisy, Running, Counting, BesideOthers, OneBranch, Remembering)}
