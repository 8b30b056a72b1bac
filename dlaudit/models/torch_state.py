"""torch as every audit uses it: seeded, deterministic where it can be, one way to compute attention."""

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from dlaudit.errors import UsageError, shown

_NOISE = ".*does not have a deterministic implementation.*"


def settle_torch(seed: int, threads: int) -> None:
    """Set this process's torch for good; for a process of our own.

    Args:
        seed: Seed of the global generators of torch, numpy and Python, which only the model itself draws from.
        threads: Threads of one operation.
    """
    _seed(seed)
    torch.set_num_threads(threads)
    torch.backends.mha.set_fastpath_enabled(False)
    torch.use_deterministic_algorithms(True, warn_only=True)
    warnings.filterwarnings("ignore", message=_NOISE)


@contextmanager
def settled_torch(seed: int) -> Iterator[None]:
    """The same for a while, in the caller's process; generators and switches are theirs again afterwards."""
    fast = torch.backends.mha.get_fastpath_enabled()
    strict, warn = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    kept, kept_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the global one, which models draw from
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_NOISE)
        _seed(seed)
        torch.backends.mha.set_fastpath_enabled(False)
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)
            torch.use_deterministic_algorithms(strict, warn_only=warn)
            random.setstate(kept)
            np.random.set_state(kept_numpy)  # noqa: NPY002


def _seed(seed: int) -> None:
    torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002


def device_named(name: str) -> str:
    """The device that `cpu`, `cuda`, `cuda:1` or `auto` means here.

    Raises:
        UsageError: There is no such device (DLA705).
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, index = name.partition(":")
    if kind == "cuda" and torch.cuda.is_available() and int(index or 0) < torch.cuda.device_count():
        return name
    if name == "cpu":
        return name
    raise UsageError(
        "DLA705",
        f"there is no device {shown(name)}",
        expected="cpu, cuda, cuda:N or auto",
        fix='Set run.device = "cpu", or install a build of torch that sees the GPU.',
    )
