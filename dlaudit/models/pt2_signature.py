"""What a `.pt2` says of its inputs and outputs, read from the checked program without loading it."""

import json
import re
from dataclasses import dataclass
from typing import Any

from dlaudit.models.pt2_screen import DTYPES

_SYMBOL = re.compile(r"(?:Symbol\('([suzf]\d+)'.*\)|([suzf]\d+))")
_ENDLESS = 2**31
"""A larger limit on an axis is none."""


@dataclass(frozen=True, kw_only=True)
class Dim:
    """One axis of an input or output."""

    size: int | None
    """Its size, where it is fixed; else the size it was exported with, or None."""
    symbol: str | None = None
    """Its name, where it may vary."""
    least: int = 0
    """Smallest size allowed."""
    most: int | None = None
    """Largest size allowed; None for any."""

    def __str__(self) -> str:
        return self.symbol or str(self.size)


@dataclass(frozen=True, kw_only=True)
class Value:
    """A tensor that goes in or comes out."""

    name: str
    dtype: str
    dims: tuple[Dim, ...]


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Inputs, outputs and origin of an exported program."""

    inputs: list[Value]
    outputs: list[Value]
    torch_version: str
    keyword_inputs: list[str]
    """Inputs that were exported as keyword arguments, in order; they come last in `inputs`."""

    @property
    def width(self) -> int | None:
        """Columns of the first input, where it is a matrix of floats."""
        if not self.inputs:
            return None
        first = self.inputs[0]
        if len(first.dims) != 2 or "float" not in first.dtype or first.dims[1].symbol is not None:
            return None
        return first.dims[1].size

    @property
    def width_out(self) -> int | None:
        """Outputs per row, where the first output says so."""
        dims = self.outputs[0].dims if self.outputs else ()
        if len(dims) == 1:
            return 1
        return dims[1].size if len(dims) == 2 and dims[1].symbol is None else None

    @property
    def batch(self) -> Dim | None:
        """The leading axis that all inputs share; None where they share none."""
        leading = [value.dims[0] for value in self.inputs if value.dims]
        same = len(leading) == len(self.inputs) > 0 and len({(d.symbol, d.size) for d in leading}) == 1
        return leading[0] if same else None


def read_signature(program: dict[str, Any]) -> Signature:
    """The signature that a checked program states.

    Raises:
        KeyError, TypeError, ValueError, IndexError: The program does not follow torch's schema.
    """
    module, ranges = program["graph_module"], program["range_constraints"]
    graph, specs = module["graph"], module["signature"]
    taken = [spec["user_input"]["arg"] for spec in specs["input_specs"] if "user_input" in spec]
    given = [spec["user_output"]["arg"] for spec in specs["output_specs"] if "user_output" in spec]
    called = (module["module_call_graph"] or [{}])[0].get("signature") or {}
    names = list(called.get("forward_arg_names") or [])
    keywords = _keyword_count(called.get("in_spec") or "")
    inputs = [_value(graph, arg, ranges) for arg in taken if "as_tensor" in arg]
    return Signature(
        inputs=inputs,
        outputs=[_value(graph, arg, ranges) for arg in given if "as_tensor" in arg],
        torch_version=str(program.get("torch_version", "unknown")),
        keyword_inputs=names[len(names) - keywords :],
    )


def _keyword_count(in_spec: str) -> int:
    """Number of keyword arguments in a checked tree specification: a tuple of the positional ones and a dict."""
    if not in_spec:
        return 0
    _, tree = json.loads(in_spec)
    keywords = tree["children_spec"][1]["context"]
    return len(json.loads(keywords))


def _value(graph: dict[str, Any], arg: dict[str, Any], ranges: dict[str, Any]) -> Value:
    name = arg["as_tensor"]["name"]
    meta = graph["tensor_values"][name]
    dtype = DTYPES.get(meta["dtype"], ("unknown", 0))[0]
    return Value(name=name, dtype=dtype, dims=tuple(_dim(size, ranges) for size in meta["sizes"]))


def _dim(size: dict[str, Any], ranges: dict[str, Any]) -> Dim:
    if "as_int" in size:
        return Dim(size=int(size["as_int"]), least=size["as_int"], most=size["as_int"])
    written = size["as_expr"]["expr_str"]
    hint = (size["as_expr"].get("hint") or {}).get("as_int")
    match = _SYMBOL.fullmatch(written)
    if match is None:
        # a multiple of a symbol: only the size it was exported with is sure to be allowed
        return Dim(size=hint, symbol=written, least=hint or 1, most=hint or 1)
    symbol = match.group(1) or match.group(2)
    allowed = ranges.get(symbol) or {}
    most = allowed.get("max_val")
    unlimited = most is None or most > _ENDLESS
    return Dim(size=hint, symbol=symbol, least=allowed.get("min_val") or 0, most=None if unlimited else most)
