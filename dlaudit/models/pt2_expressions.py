"""Expressions inside a `.pt2`, checked by their syntax tree.

torch evaluates two kinds of text from the file: size expressions go through `sympy.sympify`, which is `eval`; guards
are pasted into a function and executed. Only arithmetic over sizes is let through.
"""

import ast
import re

from dlaudit.models.words import words

MAX_LENGTH = 4000
"""Characters of one expression."""
MAX_EXPONENT = 8
"""Largest exponent: sympy computes powers of integers at once, however large."""
_SYMBOL = re.compile(r"[suzf]\d+")
_NUMERIC = words(
    """
    Symbol Integer Float Rational Max Min Mod PythonMod FloorDiv CleanDiv CeilDiv CeilToInt FloorToInt IntTrueDiv
    FloatTrueDiv ToFloat Where Add Mul Pow PowByNatural Eq Ne Lt Le Gt Ge And Or Not Identity ModularIndexing
    TruncToInt TruncToFloat RoundToInt Abs floor ceiling Equality Unequality StrictLessThan LessThan
    StrictGreaterThan GreaterThan IsNonOverlappingAndDenseIndicator
    """
)
_CONSTANTS = words("oo int_oo true false True False inf")
_GUARD_METHODS = frozenset(["size", "stride", "dim", "numel", "storage_offset"])
_NODES = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.Subscript, ast.Attribute, ast.keyword, ast.unaryop, ast.cmpop, ast.boolop, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.FloorDiv, ast.Mod, ast.Pow,
)  # fmt: skip


def expression_fault(text: object) -> str:
    """What is wrong with a size expression (`expr_str`); empty where nothing is."""
    return _fault(text, guard=False)


def guard_fault(text: object) -> str:
    """What is wrong with a guard (`guards_code`); empty where nothing is."""
    return _fault(text, guard=True)


def _fault(text: object, *, guard: bool) -> str:
    if not isinstance(text, str) or len(text) > MAX_LENGTH or not text.isascii():
        return "it is no short plain text"
    try:
        tree = ast.parse(text.strip(), mode="eval")
        nodes = list(ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "it is not an expression"
    return next((fault for node in nodes if (fault := _node_fault(node, guard))), "")


def _node_fault(node: ast.AST, guard: bool) -> str:
    """What is wrong with one node of the tree, its children apart."""
    if not isinstance(node, _NODES):
        return f"it contains {type(node).__name__}"
    match node:
        case ast.Name(id=name):
            known = name in _NUMERIC or name in _CONSTANTS or (guard and name in ("L", "math"))
            return "" if known or _SYMBOL.fullmatch(name) else f"it names {name[:40]!r}"
        case ast.Attribute():
            return "" if guard and _is_guard_attribute(node) else f"it uses attribute {node.attr[:40]!r}"
        case ast.Subscript():
            return "" if guard else "it contains a subscript"
        case ast.Call():
            return _call_fault(node)
        case ast.BinOp(op=ast.Pow(), right=exponent):
            return _exponent_fault(exponent)
        case ast.Constant(value=value):
            return _constant_fault(value, guard)
    return ""


def _is_guard_attribute(node: ast.Attribute) -> bool:
    """`L['x'].size` and the like, or a function of `math`."""
    if isinstance(node.value, ast.Name):
        return node.value.id == "math" and node.attr in ("floor", "ceil", "trunc", "sqrt")
    return node.attr in _GUARD_METHODS and isinstance(node.value, ast.Subscript)


def _call_fault(node: ast.Call) -> str:
    if not isinstance(node.func, ast.Name | ast.Attribute):
        return "it calls the result of an expression"
    if isinstance(node.func, ast.Name) and node.func.id in ("Pow", "PowByNatural"):
        return _exponent_fault(node.args[1]) if len(node.args) == 2 else "it calls Pow with odd arguments"
    return ""


def _exponent_fault(exponent: ast.expr) -> str:
    if isinstance(exponent, ast.Call) and len(exponent.args) == 1:
        exponent = exponent.args[0]  # Integer(2)
    if isinstance(exponent, ast.UnaryOp):
        exponent = exponent.operand
    small = isinstance(exponent, ast.Constant) and isinstance(exponent.value, int) and exponent.value <= MAX_EXPONENT
    return "" if small else "it raises to a large power"


def _constant_fault(value: object, guard: bool) -> str:
    if isinstance(value, str):
        named = re.fullmatch(r"[A-Za-z_]\w*", value) if guard else _SYMBOL.fullmatch(value)
        return "" if named else f"it contains the text {value[:40]!r}"
    if isinstance(value, bool | int | float | None):
        return "" if not isinstance(value, int) or abs(value) < 2**63 else "it contains a huge number"
    return f"it contains a {type(value).__name__}"
