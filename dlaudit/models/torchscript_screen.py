"""The static screen of a TorchScript file: its source text may only compute, not open, save or unpickle.

`torch.jit.load` runs no Python, but its programs can: `__setstate__` runs at load, `aten::save` writes a file and
`aten::from_file` reads one. The source is a subset of Python, so Python's own parser reads it here; text on which the
two parsers could disagree is refused.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from dlaudit.errors import ModelRefused, Place, listed, shown
from dlaudit.models.archive import Archive, open_archive
from dlaudit.models.pickle_outline import outline
from dlaudit.models.pickles import TENSOR_GLOBALS, read_stream
from dlaudit.models.sizes import refuse_lies, refuse_volume
from dlaudit.models.words import words

_ENTRY = re.compile(
    r"data\.pkl|constants\.pkl|traced_inputs\.pkl|(data|constants|traced_inputs)/\d+|code/[\w/]+\.py(\.debug_pkl)?"
    r"|version|byteorder|\.data/(version|serialization_id)|\.format_version|\.storage_alignment|extra/[\w.\-/]+",
    re.ASCII,
)
_GLOBAL = re.compile(
    r"__torch__\.(?!torch\.classes\.)[\w.]+|torch\.jit\._pickle\.(build_\w+list|restore_type_tag)", re.ASCII
)
_DENIED = words(
    """
    save load from_file open fork wait rpc_async rpc_sync rpc_remote awaitable awaitable_wait awaitable_nowait set_
    set_data data_ptr _print print __import__ eval exec _reshape_alias __setstate__ __getstate__ PythonOp
    IgnoredPythonOp pickle _load_from_bytes
    """
)
"""Names that no model needs, in whatever place they stand."""
_NAMESPACES = frozenset(["aten", "prim"])
_BUILTINS = words(
    """
    annotate uninitialized unchecked_cast unchecked_unwrap_optional getattr int float bool complex str range
    isinstance len min max abs round list dict tuple zip enumerate divmod ord chr sorted hasattr all any sum
    """
)


def screen_torchscript(data: bytes, place: Place) -> Archive:
    """The archive, if nothing in its source reads or writes files, and its tensors are what they claim.

    Raises:
        ModelRefused: DLA221 naming the line; DLA206 damaged; DLA207 larger than it is.
    """
    archive = open_archive(data, place)
    odd = [name for name in archive.names() if not _ENTRY.fullmatch(name)]
    if odd:
        raise _refused(f"unexpected entries {listed(odd, most=3)}", place)
    for name in archive.names("code/"):
        if name.endswith(".py"):
            _screen_source(name, archive.read(name), place)
    for part in ("data", "constants", "traced_inputs"):
        _screen_pickle(archive, part)
    return archive


def _screen_pickle(archive: Archive, part: str) -> None:
    if archive.size(f"{part}.pkl") is None:
        return
    pickled = archive.read(f"{part}.pkl")
    foreign = [
        name
        for name in read_stream(pickled, archive.place).globals
        if name not in TENSOR_GLOBALS and not _GLOBAL.fullmatch(name)
    ]
    if foreign:
        raise _refused(f"{part}.pkl names {listed(foreign)}", archive.place)
    declared = outline(pickled, archive.place)
    if part == "traced_inputs":  # kept without their bytes, so only their shapes can be too large
        refuse_volume(((t.name, t.declared_bytes) for t in declared.tensors), len(archive.data), archive.place)
        return
    held = {name.removeprefix(f"{part}/"): archive.size(name) or 0 for name in archive.names(f"{part}/")}
    refuse_lies(declared, held, len(archive.data), archive.place)


def _screen_source(name: str, source: bytes, place: Place) -> None:
    fault = next(_source_faults(source), None)
    if fault is not None:
        line, what = fault
        raise _refused(f"{name}, line {line}, {what}", place)


def _source_faults(source: bytes) -> Iterator[tuple[int, str]]:
    """Line and fault of whatever the source should not contain."""
    if not re.fullmatch(rb"[\x20-\x7e\n]*", source):
        yield 1, "contains characters that two parsers may read differently"
        return
    text = source.decode("ascii")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as odd:
        yield getattr(odd, "lineno", None) or 1, "is no source that can be checked"
        return
    for token in tokens:
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and not _is_plain_string(token.string)):
            yield token.start[0], "contains text that two parsers may read differently"
    for node in ast.walk(tree):
        fault = _node_fault(node)
        if fault:
            yield getattr(node, "lineno", 1), fault


def _is_plain_string(literal: str) -> bool:
    return literal[0] in "\"'" and not literal.startswith(('"""', "'''"))


def _node_fault(node: ast.AST) -> str:
    """What is wrong with one node of the source, its children apart."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Lambda() | ast.Global() | ast.Nonlocal() | ast.Await():
            return f"contains {type(node).__name__}"
        case ast.FunctionDef(name=name) | ast.Attribute(attr=name) if name in _DENIED:
            return f"uses {shown(name)}"
        case ast.Name(id=name) if name in _DENIED:
            return f"uses {shown(name)}"
        case ast.Attribute(value=ast.Name(id="ops"), attr=space) if space not in _NAMESPACES:
            return f"uses operators of {shown(space)}"
        case ast.Attribute(value=ast.Attribute(attr="torch") | ast.Name(id="torch"), attr="classes"):
            return "uses a class written in C++"
        case ast.Call():
            return _call_fault(node)
        case ast.Assign(value=value) | ast.Return(value=value) if _is_namespace(value):
            return "passes on a whole namespace"
    return ""


def _is_namespace(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Name) and value.id in ("torch", "ops", "__torch__")


def _call_fault(call: ast.Call) -> str:
    function = call.func
    if any(_is_namespace(argument) for argument in call.args):
        return "passes on a whole namespace"
    if not isinstance(function, ast.Name):
        return ""
    if function.id == "getattr":
        literal = call.args[1].value if len(call.args) == 2 and isinstance(call.args[1], ast.Constant) else None
        plain = isinstance(literal, str) and re.fullmatch(r"\w+", literal) and literal not in _DENIED
        return "" if plain else "looks up a name that is computed"
    if function.id in _BUILTINS or re.fullmatch(r"_\d+", function.id):  # torch names its local aliases _0, _1, …
        return ""
    return f"calls {shown(function.id)}"


def _refused(what: str, place: Place) -> ModelRefused:
    return ModelRefused(
        "DLA221",
        f"the TorchScript program was not loaded, because it could touch files or was not checkable: {what}",
        place=place,
        fix="Export the model with torch.export.save instead, or, if you know who made the file, give --trust with its "
        "SHA-256 (`dlaudit inspect` prints it).",
    )


def code_files(archive: Archive) -> int:
    """How many source files the program has."""
    return sum(name.endswith(".py") for name in archive.names("code/"))
