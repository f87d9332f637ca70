"""What the bytes of a record must hold for an expression to be true of it, so that most need not be decoded.

Sound for JSON whose bytes hold no backslash: a text that is there is there as UTF-8. All else must be decoded.
"""

from __future__ import annotations

from dataclasses import dataclass

from reader.expression.ast import (
    Binary,
    Call,
    Choice,
    Has,
    Index,
    Items,
    Literal,
    Logic,
    Name,
    Node,
    Select,
    Unary,
)

MOST = 2  # groups that are looked for: each costs a pass over the bytes
_SIDES = ("key", "value")


@dataclass(frozen=True, slots=True)
class Needle:
    side: str  # key | value
    data: bytes
    exact: bool = False  # a text of the value, not a field's name: most records have the names


Group = frozenset[Needle]  # one of these must be there


def groups(root: Node) -> list[Group]:
    """All of them must hold; the best first, at most MOST. None: every record must be decoded."""
    found = {group for group in _if_true(root) if group}
    texts = [group for group in found if all(needle.exact for needle in group)]
    return sorted(texts or found, key=_worth)[: MOST if texts else 1]


def texts(root: Node) -> list[str]:
    """What is worth a mark where it is found in a record that matches."""
    found = {needle.data for group in groups(root) for needle in group if needle.exact}
    return sorted(data.decode() for data in found)


def _worth(group: Group) -> tuple[int, int, list[bytes]]:
    return len(group), -min(len(needle.data) for needle in group), sorted(needle.data for needle in group)


def _if_true(node: Node) -> set[Group]:
    """What must be there when this is true."""
    match node:
        case Logic(operator="&&", parts=parts):
            return set().union(*(_if_true(part) for part in parts))
        case Logic(operator="||", parts=parts):
            return _either([_if_true(part) for part in parts])
        case Binary(operator="==", left=left, right=right):
            return _answered(node) | _text(left, right) | _text(right, left)
        case Binary(operator="in", left=left, right=Items(items=items)):
            return _answered(left) | _either([_text(left, item) for item in items])
        case Call(name="contains" | "startsWith" | "endsWith", target=target, arguments=(argument,)) if target:
            return _answered(node) | _text(target, argument)
        case Has(of=of, field=field):
            return _answered(of) | _field(of, field)
    return _answered(node)


def _either(ways: list[set[Group]]) -> set[Group]:
    """One of several ways is taken: of each way its best group."""
    if not ways or not all(ways):
        return set()
    best = [min(way, key=lambda g: (not all(n.exact for n in g), *_worth(g))) for way in ways]
    return {frozenset().union(*best)}


def _answered(node: Node) -> set[Group]:
    """What must be there when this has an answer at all, whichever: a field that is missing is an error."""
    match node:
        case Select(of=of, field=field):
            return _answered(of) | _field(of, field)
        case Index(of=of, key=Literal(value=str(field))):
            return _answered(of) | _field(of, field)
        case Has(of=of) | Unary(of=of):
            return _answered(of)
        case Index(of=of, key=key):
            return _answered(of) | _answered(key)
        case Binary(left=left, right=right):
            return _answered(left) | _answered(right)
        case Call(target=target, arguments=arguments):
            parts = arguments if target is None else (target, *arguments)
            return set().union(*(_answered(part) for part in parts))
        case Items(items=items):
            return set().union(*(_answered(item) for item in items))
        case Choice(when=when):
            return _answered(when)
    return set()


def _side(node: Node) -> str | None:
    """Where a path such as value.items[0].name begins."""
    while isinstance(node, (Select, Index)):
        node = node.of
    return node.name if isinstance(node, Name) and node.name in _SIDES else None


def _field(of: Node, field: str) -> set[Group]:
    return _group(_side(of), f'"{field}"', exact=False)


def _text(path: Node, wanted: Node) -> set[Group]:
    if isinstance(wanted, Literal) and isinstance(wanted.value, str):
        return _group(_side(path), wanted.value, exact=True)
    return set()


def _group(side: str | None, text: str, exact: bool) -> set[Group]:
    try:
        return {frozenset((Needle(side, text.encode(), exact),))} if side and text else set()
    except UnicodeEncodeError:  # half of a surrogate pair stands in JSON as an escape alone
        return set()
