"""An expression as a tree. Every node knows which part of the text it came from and how deep the tree below it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class At:
    """A part of the text: its first character, counted from 1, and how many there are."""

    column: int
    length: int = 1

    def to(self, other: At) -> At:
        return At(self.column, max(1, other.column + other.length - self.column))


@dataclass(frozen=True, slots=True)
class Literal:
    at: At
    value: object
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Name:
    at: At
    name: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Items:
    """A list: [1, 2, 3]"""

    at: At
    items: tuple[Node, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Select:
    """of.field; `at` is where the field stands"""

    at: At
    of: Node
    field: str
    depth: int


@dataclass(frozen=True, slots=True)
class Has:
    """has(of.field)"""

    at: At
    of: Node
    field: str
    depth: int


@dataclass(frozen=True, slots=True)
class Index:
    """of[key]"""

    at: At
    of: Node
    key: Node
    depth: int


@dataclass(frozen=True, slots=True)
class Call:
    """name(arguments), or target.name(arguments)"""

    at: At
    name: str
    target: Node | None
    arguments: tuple[Node, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Unary:
    """! or -"""

    at: At
    operator: str
    of: Node
    depth: int


@dataclass(frozen=True, slots=True)
class Binary:
    """== != < <= > >= in + - * / %"""

    at: At
    operator: str
    left: Node
    right: Node
    depth: int


@dataclass(frozen=True, slots=True)
class Logic:
    """&& or || of two parts and more"""

    at: At
    operator: str
    parts: tuple[Node, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Choice:
    """when ? then : other"""

    at: At
    when: Node
    then: Node
    other: Node
    depth: int


Node = Literal | Name | Items | Select | Has | Index | Call | Unary | Binary | Logic | Choice


def where(node: Node) -> At:
    """The whole part of the text that this node stands for."""
    match node:
        case Select() | Index():
            return where(node.of).to(node.at)
        case Call() if node.target is not None:
            return where(node.target).to(node.at)
        case Binary():
            return where(node.left).to(where(node.right))
        case Logic():
            return where(node.parts[0]).to(where(node.parts[-1]))
        case Unary():
            return node.at.to(where(node.of))
        case Choice():
            return where(node.when).to(where(node.other))
    return node.at


def parts(node: Node) -> tuple[Node, ...]:
    """What it is made of, in the order in which it is written."""
    match node:
        case Select(of=of) | Has(of=of) | Unary(of=of):
            return (of,)
        case Index(of=of, key=key):
            return (of, key)
        case Binary(left=left, right=right):
            return (left, right)
        case Logic(parts=inner) | Items(items=inner):
            return inner
        case Call(target=target, arguments=arguments):
            return arguments if target is None else (target, *arguments)
        case Choice(when=when, then=then, other=other):
            return (when, then, other)
    return ()
