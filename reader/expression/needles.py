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
    parts,
)
from reader.names import step

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


def unanswered_without(root: Node, group: Group) -> bool:
    """Where none of the group is there, the expression has no answer: a field that it cannot do without is missing."""
    return not isinstance(root, (Has, Logic)) and not any(needle.exact for needle in group)


def paths(root: Node) -> list[str]:
    """The fields of key, value and headers that it looks into, as they are written: value.user.name"""
    found: dict[str, None] = {}
    ahead: list[Node] = [root]
    while ahead:
        node = ahead.pop()
        if path := _path(node):
            found[path] = None
        else:
            ahead.extend(reversed(parts(node)))
    return list(found)


def texts(root: Node) -> list[str]:
    """What is worth a mark where it is found in a record that matches."""
    found = {needle.data for group in groups(root) for needle in group if needle.exact}
    return sorted(data.decode() for data in found)


def _worth(group: Group) -> tuple[int, int, list[bytes]]:
    return len(group), -min(len(needle.data) for needle in group), sorted(needle.data for needle in group)


def _if_true(node: Node) -> set[Group]:
    """What must be there when this is true."""
    match node:
        case Logic(operator="&&"):
            return set().union(*(_if_true(part) for part in node.parts))
        case Logic(operator="||"):
            return _either([_if_true(part) for part in node.parts])
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
        case Choice(when=when):
            return _answered(when)
        case Logic():
            return set()
    return set().union(*(_answered(part) for part in parts(node)))


def _path(node: Node) -> str:
    """ "" for what is no path of constant steps, and for a whole key or value."""
    steps: list[str] = []
    if isinstance(node, Has):
        steps, node = [step(node.field)], node.of
    while True:
        match node:
            case Select(of=of, field=field) | Index(of=of, key=Literal(value=str(field))):
                steps.append(step(field))
                node = of
            case Index(of=of, key=Literal(value=int(number))):
                steps.append(f"[{number}]")
                node = of
            case Name(name="key" | "value" | "headers" as name) if steps:
                return name + "".join(reversed(steps))
            case _:
                return ""


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
