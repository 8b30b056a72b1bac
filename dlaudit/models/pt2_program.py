"""The program inside a `.pt2` (models/model.json), checked entry by entry before torch builds anything from it.

Default is refusal: every text in the program must be an identifier, a plain value, a known operator, or an expression
that `pt2_expressions` lets through. Each of these can run code, and each is a test: code in size expressions, in
guards, in names that torch pastes into source text, in operator names, in pickled constants, and imports that tree
specifications name.
"""

import json
import keyword
import re
from collections.abc import Callable
from typing import Any

from dlaudit.errors import ModelRefused, Place, shown
from dlaudit.models.pt2_expressions import expression_fault, guard_fault
from dlaudit.models.words import words

_ATEN = re.compile(r"torch\.ops\.(aten|prims)\.\w+\.\w+", re.ASCII)
_DENIED = re.compile(
    r"\.(from_file|save|load|_reshape_alias|set_|set_data|_sparse_\w+_unsafe|_test_\w+|_print|data_ptr)\b"
)
_HIGHER_SPACE = "torch.ops.higher_order."
_HIGHER = words(
    """
    cond scan associative_scan while_loop map map_impl wrap_with_set_grad_enabled wrap_with_autocast
    """
)
_PLAIN_OPS = words(
    """
    _operator.getitem _operator.add _operator.mul _operator.sub _operator.truediv _operator.ge _operator.le
    _operator.gt _operator.lt _operator.eq _operator.ne _operator.floordiv _operator.mod _operator.and_ _operator.or_
    _operator.not_ _operator.pow _operator.neg _operator.abs _operator.lshift _operator.rshift math.ceil math.floor
    math.trunc torch.sym_int torch.sym_float torch.sym_ite torch.sym_max torch.sym_min torch.sym_not torch.sym_sqrt
    torch.sym_sum torch._C._set_grad_enabled
    """
)
_PATH = re.compile(r"(?:[\w][\w.\-]*)?", re.ASCII)
_VALUE = re.compile(r"[\w.\-/: ,>()+*=\[\]{}]*", re.ASCII)
_STACK = re.compile(r"[\w.\-/:;,@<>()\[\]{}'+*= ]*", re.ASCII)
_KEY = re.compile(r"[\w.\-:]{1,1000}", re.ASCII)
_TREES = frozenset(["builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict", None])
MAX_ELEMENTS = 2**33
"""Elements of any tensor that the program mentions."""


class Unsafe(ValueError):
    """A program does something that is not let through; the text says what, and names the hole."""


def parse_program(text: bytes, place: Place) -> dict[str, Any]:
    """The program as checked JSON.

    Raises:
        ModelRefused: DLA202, it could run code of its own or mentions absurdly large tensors; DLA206, it is damaged.
    """
    try:
        program = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise ModelRefused("DLA206", "its program is damaged", place=place, fix="Export the model again.") from broken
    try:
        _check(program, "", 0)
    except Unsafe as unsafe:
        raise refused(str(unsafe), place) from unsafe
    if not isinstance(program, dict) or "graph_module" not in program:
        raise ModelRefused("DLA206", "its program is damaged", place=place, fix="Export the model again.")
    return program


def refused(what: str, place: Place) -> ModelRefused:
    """The error for a `.pt2` that could run code of its own."""
    return ModelRefused(
        "DLA202",
        f"the exported program was not loaded, because torch would run code from it: {what}",
        place=place,
        fix="Export the model again with torch.export.save from plain tensors and torch.ops.aten operators, or, if you "
        "know who made the file, give --trust with its SHA-256 (`dlaudit inspect` prints it).",
    )


def _check(value: Any, key: str, depth: int) -> None:
    """Nothing, if `value`, found under `key`, may be handed to torch."""
    if depth > 400:
        raise Unsafe("it is nested absurdly deep")
    if key in _RULES:
        _RULES[key](value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not _KEY.fullmatch(name):
                raise Unsafe(f"the name {shown(name)} is not a plain one")
            # below a map, keys are names of the user's own (an input may be called `target`), not fields
            _check(inner, "" if key in _MAPS else name, depth + 1)
        if "sizes" in value:
            _check_sizes(value["sizes"])
    elif isinstance(value, list):
        for inner in value:
            _check(inner, key, depth + 1)
    elif isinstance(value, str) and not _VALUE.fullmatch(value):
        raise Unsafe(f"the text {shown(value)} is not a plain value")


def _check_name(value: Any) -> None:
    if value in ("", None):
        return
    if not isinstance(value, str) or not value.isidentifier() or not value.isascii() or keyword.iskeyword(value):
        raise Unsafe(f"the name {shown(value)} would become source text and is no identifier")


def _check_names(value: Any) -> None:
    for name in value or []:
        _check_name(name)


def _check_path(value: Any) -> None:
    if value is not None and not (isinstance(value, str) and _PATH.fullmatch(value)):
        raise Unsafe(f"the parameter name {shown(value)} would become source text and is no dotted name")


def _check_operator(value: Any) -> None:
    known = isinstance(value, str) and (
        (_ATEN.fullmatch(value) and not _DENIED.search(value))
        or value in _PLAIN_OPS
        or (value.startswith(_HIGHER_SPACE) and value.removeprefix(_HIGHER_SPACE) in _HIGHER)
    )
    if not known:
        raise Unsafe(f"the operator {shown(value, limit=80)} is none of torch.ops.aten or touches files or memory")


def _check_expression(value: Any) -> None:
    if fault := expression_fault(value):
        raise Unsafe(f"a size expression (expr_str) is not arithmetic: {fault}")


def _check_guards(value: Any) -> None:
    for guard in value or []:
        if fault := guard_fault(guard):
            raise Unsafe(f"a guard (guards_code) is not a comparison of sizes: {fault}")


def _check_metadata(value: Any) -> None:
    """Metadata is kept as text by torch, except the module stack, whose names reach source text when unflattened."""
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        if value not in (None, {}):
            raise Unsafe("the metadata of a node is not text")
        return
    if not _STACK.fullmatch(value.get("nn_module_stack", "")):
        raise Unsafe("the module stack (nn_module_stack) of a node contains quotes or control characters")


def _check_object(value: Any) -> None:
    if value:
        raise Unsafe("it holds an object that only unpickling could rebuild (a custom or opaque constant)")


def _check_tree(value: Any) -> None:
    """A pytree specification: torch imports whatever modules the contexts of some node types name."""
    written = _tree_json(value)
    if not isinstance(written, list) or len(written) != 2:
        raise Unsafe("a tree specification (in_spec, out_spec) is damaged")
    _check_tree_node(written[1], 0)


def _tree_json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as broken:
        raise Unsafe("a tree specification (in_spec, out_spec) is damaged") from broken


def _check_tree_node(node: Any, depth: int) -> None:
    if not isinstance(node, dict) or node.get("type") not in _TREES or depth > 50:
        kind = node.get("type") if isinstance(node, dict) else node
        raise Unsafe(f"a tree specification (in_spec, out_spec) has a node of type {shown(kind)}")
    keys, children = _tree_json(node.get("context") or "null") or [], node.get("children_spec")
    if not isinstance(keys, list) or not all(isinstance(k, str) and _KEY.fullmatch(k) for k in keys):
        raise Unsafe("a tree specification (in_spec, out_spec) names something other than text keys")
    if not isinstance(children, list):
        raise Unsafe("a tree specification (in_spec, out_spec) is damaged")
    for child in children:
        _check_tree_node(child, depth + 1)


def _check_sizes(sizes: Any) -> None:
    known = [size.get("as_int", 1) for size in sizes if isinstance(size, dict)] if isinstance(sizes, list) else [-1]
    elements = 1
    for size in known:
        if not isinstance(size, int) or size < 0:
            raise Unsafe("a tensor has a size that is no natural number")
        elements *= size
    if elements > MAX_ELEMENTS:
        raise Unsafe(f"a tensor of {elements:,} elements is mentioned, more than the {MAX_ELEMENTS:,} allowed")


_RULES: dict[str, Callable[[Any], None]] = {
    "name": _check_name,
    "as_name": _check_name,
    "forward_arg_names": _check_names,
    "parameter_name": _check_path,
    "buffer_name": _check_path,
    "tensor_constant_name": _check_path,
    "fqn": _check_path,
    "target": _check_operator,
    "as_operator": _check_operator,
    "expr_str": _check_expression,
    "guards_code": _check_guards,
    "metadata": _check_metadata,
    "as_custom_obj": _check_object,
    "custom_obj": _check_object,
    "custom_obj_values": _check_object,
    "treespec_namedtuple_fields": _check_object,
    "in_spec": _check_tree,
    "out_spec": _check_tree,
}
_MAPS = words("tensor_values sym_int_values sym_bool_values sym_float_values range_constraints as_string_to_argument")
