"""The tree of a text, by CEL's grammar without its macros. Time and stack are bounded by MAX_TEXT and DEPTH."""

from __future__ import annotations

from typing import NoReturn

from reader.errors import ExpressionError
from reader.expression.ast import (
    At,
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
from reader.expression.lexer import Token, tokens
from reader.values import LARGEST

MAX_TEXT = 4000  # characters
DEPTH = 48  # of the tree, and of parentheses: a list in a call in a pair of parentheses is three
_LEVELS = (("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
_CONSTANTS = {"true": True, "false": False, "null": None}
# fmt: off
_RESERVED = frozenset((
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
    "package", "namespace", "return", "var", "void", "while",
))
# fmt: on
_LOOPS = frozenset(("all", "exists", "exists_one", "existsOne", "map", "filter", "transformList", "transformMap"))
_MEANT = {
    "and": "“and” is written &&.",
    "or": "“or” is written ||.",
    "not": "“not” is written !.",
    "is": "“is” is written ==.",
    "like": 'There is no “like”: write value.name.contains("part") or value.name.matches("^pattern").',
}


def tree(text: str) -> Node:
    """Raises ExpressionError."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"The expression has {len(text):,} characters; at most {MAX_TEXT:,} are allowed.")
    parser = _Parser(tokens(text))
    found = parser.expression()
    parser.finish()
    return found


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens, self.place, self.open = found, 0, 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.tokens[self.place]
        self.place += token.kind != "end"
        return token

    def sees(self, *signs: str) -> bool:
        return self.next.kind in ("sign", "name") and self.next.text in signs

    def expect(self, sign: str, sentence: str) -> Token:
        if not (self.next.kind == "sign" and self.next.text == sign):
            self.refuse(sentence)
        return self.take()

    def refuse(self, sentence: str) -> NoReturn:
        at = self.next.at
        raise ExpressionError(_MEANT.get(self.next.text.lower(), sentence), at.column, at.length)

    def depth(self, *parts: Node, at: At) -> int:
        depth = 1 + max((part.depth for part in parts), default=0)
        if depth > DEPTH:
            raise ExpressionError(f"This is nested more than {DEPTH} deep.", at.column, at.length)
        return depth

    def finish(self) -> None:
        if self.next.kind != "end":
            self.refuse("The expression ended before this: && or || is missing, or there is something too much.")

    def expression(self) -> Node:
        self.open += 1
        if self.open > DEPTH:
            self.refuse(f"This is nested more than {DEPTH} deep.")
        when = self.logic("||")
        if self.sees("?"):
            at = self.take().at
            then = self.logic("||")
            self.expect(":", "A choice is written condition ? one : other; the : is missing.")
            other = self.expression()
            when = Choice(at, when, then, other, self.depth(when, then, other, at=at))
        self.open -= 1
        return when

    def logic(self, operator: str) -> Node:
        first = self.logic("&&") if operator == "||" else self.binary(0)
        parts, at = [first], self.next.at
        while self.sees(operator):
            self.take()
            parts.append(self.logic("&&") if operator == "||" else self.binary(0))
        return first if len(parts) == 1 else Logic(at, operator, tuple(parts), self.depth(*parts, at=at))

    def binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.sees(*_LEVELS[level]):
            operator = self.take()
            right = self.binary(level + 1)
            if level == 0 and self.sees("<", "<=", ">", ">=") and operator.text in ("<", "<=", ">", ">="):
                self.refuse("Comparisons are not chained: write 1 < a && a < 5.")
            left = Binary(operator.at, operator.text, left, right, self.depth(left, right, at=operator.at))
        return left

    def unary(self) -> Node:
        signs = []
        while self.sees("!", "-"):
            signs.append(self.take())
            if len(signs) > DEPTH:
                self.refuse(f"This is nested more than {DEPTH} deep.")
        token = self.next
        if signs and signs[-1].text == "-" and token.kind == "literal" and type(token.value) in (int, float):
            self.take()
            minus = signs.pop()
            found = self.members(Literal(minus.at.to(token.at), -token.value))  # type: ignore[operator]
        else:
            found = self.members(self.primary())
        for sign in reversed(signs):
            found = Unary(sign.at, sign.text, found, self.depth(found, at=sign.at))
        return found

    def members(self, found: Node) -> Node:
        while self.sees(".", "["):
            opening = self.take()
            if opening.text == "[":
                key = self.expression()
                end = self.expect("]", "The ] is missing.")
                at = opening.at.to(end.at)
                found = Index(at, found, key, self.depth(found, key, at=at))
                continue
            name = self.take()
            if name.kind not in ("name", "quoted"):
                self.place -= name.kind != "end"
                self.refuse("After a . stands the name of a field or a function.")
            if name.kind == "name" and self.sees("("):
                found = self.call(name, found)
            else:
                found = Select(name.at, found, name.text, self.depth(found, at=name.at))
        return found

    def primary(self) -> Node:
        token = self.next
        if token.kind == "literal":
            self.take()
            if type(token.value) is int and token.value > LARGEST:
                raise ExpressionError(f"Whole numbers go to {LARGEST}.", token.at.column, token.at.length)
            return Literal(token.at, token.value)
        if token.kind == "name" and token.text not in _RESERVED and token.text != "in":
            return self.named()
        if self.sees("("):
            self.take()
            found = self.expression()
            self.expect(")", "The ) is missing.")
            return found
        if self.sees("["):
            opening = self.take()
            items = self.listed("]")
            return Items(opening.at.to(self.tokens[self.place - 1].at), items, self.depth(*items, at=opening.at))
        if self.sees("{"):
            self.refuse("Objects in { } cannot be written here.")
        if token.kind == "end":
            self.refuse("The expression is empty." if self.place == 0 else "Something is missing at the end.")
        if token.text in _RESERVED:
            self.refuse(f"{token.text} is a reserved word of the language.")
        if token.text == ">" and self.tokens[self.place - 1].text == "<":
            self.refuse("“not equal” is written !=.")
        self.refuse("Here a value is expected: a name, a text, a number or a list.")

    def named(self) -> Node:
        token = self.take()
        if token.text in _CONSTANTS:
            return Literal(token.at, _CONSTANTS[token.text])
        if self.sees("("):
            return self.call(token, None)
        if token.text.lower() in ("and", "or", "not") and self.next.kind in ("name", "literal"):
            raise ExpressionError(_MEANT[token.text.lower()], token.at.column, token.at.length)
        return Name(token.at, token.text)

    def call(self, name: Token, target: Node | None) -> Node:
        if target is not None and name.text in _LOOPS:
            raise ExpressionError(
                f"{name.text}() is not part of the language: it has no loops.", name.at.column, name.at.length
            )
        self.take()
        arguments = self.listed(")")
        at = name.at.to(self.tokens[self.place - 1].at)
        if name.text == "has" and target is None:
            return self.has(at, arguments)
        parts = arguments if target is None else (target, *arguments)
        return Call(at, name.text, target, arguments, self.depth(*parts, at=at))

    def has(self, at: At, arguments: tuple[Node, ...]) -> Node:
        match arguments:
            case (Select(of=of, field=field),):
                return Has(at, of, field, self.depth(of, at=at))
            case (Index(of=of, key=Literal(value=str(field))),):
                raise ExpressionError(
                    f'has() takes a field, as in has(headers.trace); here write "{field}" in {self.written(of)}.',
                    at.column,
                    at.length,
                )
        raise ExpressionError("has() takes one field, as in has(value.amount).", at.column, at.length)

    def written(self, node: Node) -> str:
        """The node as it was typed; only paths, which are what people mean."""
        match node:
            case Name():
                return node.name
            case Select():
                return f"{self.written(node.of)}.{node.field}"
        return "…"

    def listed(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self.sees(closing):
            items.append(self.expression())
            if not self.sees(","):
                break
            self.take()
        self.expect(closing, f"The {closing} is missing.")
        return tuple(items)
