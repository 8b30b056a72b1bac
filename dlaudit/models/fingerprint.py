"""A digest of all parameters and buffers: equal before and after an audit, or the model was changed."""

import hashlib
from collections.abc import Mapping

import torch

_CHUNK = 2**22


def fingerprint(tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 over name, shape, dtype and bytes of every tensor, in name order.

    Args:
        tensors: Parameters and buffers by name, of any dtype, layout and device.
    """
    whole = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach()
        whole.update(f"{name}\0{tuple(tensor.shape)}\0{tensor.dtype}\0".encode("utf-8", "surrogateescape"))
        _add(whole, tensor)
    return whole.hexdigest()


def _add(whole: "hashlib._Hash", tensor: torch.Tensor) -> None:
    """Feeds the tensor's bytes to the digest, a few megabytes at a time; numpy knows no bfloat16, so as raw bytes."""
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    flat = tensor.resolve_conj().resolve_neg().contiguous().reshape(-1)
    for start in range(0, flat.numel(), _CHUNK):
        part = flat[start : start + _CHUNK]
        whole.update(part.cpu().view(torch.uint8).numpy().tobytes())
