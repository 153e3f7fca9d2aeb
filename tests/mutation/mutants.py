"""All small wrong edits of a piece of code."""

import ast
import copy
from typing import NamedTuple

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}  # fmt: skip
NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum",
    "maximum": "minimum", "argmin": "argmax", "argmax": "argmin", "zeros": "ones", "ones": "zeros",
}  # fmt: skip
UNSEEN = ("strict", "copy")  # arguments that are a guard, and speed: nobody sees them


class Mutant(NamedTuple):
    """One wrong edit: where, what became what, and the whole source with it."""

    line: int
    edit: str
    source: str


def mutants(source):
    """Return every `Mutant` of a module's source, by line."""
    nodes, found = list(ast.walk(ast.parse(source))), []
    unseen = [n.value for n in nodes if isinstance(n, ast.keyword) and n.arg in UNSEEN]
    for index, node in enumerate(nodes):
        if node in unseen:
            continue
        for number, wrong in enumerate(_wrong(node)):
            tree = ast.parse(source)
            _replace(tree, index, list(_wrong(list(ast.walk(tree))[index]))[number])
            edit = f"{ast.unparse(node)} -> {ast.unparse(wrong)}"
            if isinstance(node, ast.If):
                edit = f"if {ast.unparse(node.test)} -> if not"
            found.append(Mutant(node.lineno, edit, ast.unparse(ast.fix_missing_locations(tree))))
    return sorted(found, key=lambda mutant: mutant.line)


def _replace(tree, index, new):
    """Put `new` where the node of this index is."""
    old = list(ast.walk(tree))[index]
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                setattr(parent, field, [new if entry is old else entry for entry in value])


def _wrong(node):
    """Yield what a node could wrongly be; the node itself stays as it is."""
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                yield _with(node, ops=[*node.ops[:i], COMPARISONS[type(op)](), *node.ops[i + 1 :]])
        case ast.BinOp() | ast.AugAssign() if type(node.op) in OPERATORS:
            yield _with(node, op=OPERATORS[type(node.op)]())
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield _with(node, value=not node.value)
        case ast.Constant(value=int()):
            for value in {node.value - 1, node.value + 1} if node.value else {1}:
                yield _with(node, value=value)
        case ast.Name() if node.id in NAMES:
            yield _with(node, id=NAMES[node.id])
        case ast.Attribute() if node.attr in NAMES:
            yield _with(node, attr=NAMES[node.attr])
        case ast.Call():
            for i, keyword in enumerate(node.keywords):
                if keyword.arg not in UNSEEN:
                    yield _with(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
            if len(node.args) > 1:
                yield _with(node, args=node.args[:-1])
        case ast.If() | ast.IfExp():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))


def _with(node, **fields):
    new = copy.copy(node)
    for field, value in fields.items():
        setattr(new, field, value)
    return new
