"""The text of an expression as tokens, by the rules of CEL. The pattern is ours; the text is the user's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reader.errors import ExpressionError
from reader.expression.ast import At
from reader.values import LARGEST, Uint

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\n\f]|//[^\n]*)+)
    |(?P<string>[rR]?[bB]?[rR]?(?:'''|\"\"\"|'|"))
    |(?P<double>(?:[0-9]+\.[0-9]+|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    |(?P<int>(?:0[xX][0-9a-fA-F]+|[0-9]+)[uU]?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |`(?P<quoted>[A-Za-z0-9_.\-/ ]+)`
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE,
)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {c: c for c in "\\?\"'`"}
_DIGITS = {"x": 2, "X": 2, "u": 4, "U": 8}
_MEANT = {
    "=": "Two values are compared with ==.",
    "&": "“and” is written &&.",
    "|": "“or” is written ||.",
    "\u201c": 'Texts stand in straight quotes: "text".',
    "\u201d": 'Texts stand in straight quotes: "text".',
    "\u2018": "Texts stand in straight quotes: 'text'.",
    "\u2019": "Texts stand in straight quotes: 'text'.",
    "`": 'A name in back quotes holds letters, digits, _ . - / and blanks; write others as value["name"].',
}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # literal | name | quoted | sign | end
    text: str  # the name, the sign; "" for a literal
    at: At
    value: object = None  # of a literal


def tokens(text: str) -> list[Token]:
    """Ends with one of kind `end`. Raises ExpressionError."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ExpressionError(_MEANT.get(text[place], f"{text[place]!r} means nothing here."), place + 1)
        kind, at = match.lastgroup, At(place + 1, match.end() - place)
        end = match.end()
        match kind:
            case "string":
                end, value = _string(text, place, match["string"])
                found.append(Token("literal", "", At(place + 1, end - place), value))
            case "double":
                found.append(Token("literal", "", at, _double(match[0], at)))
            case "int":
                found.append(Token("literal", "", at, _whole(match[0], at)))
            case "name" | "quoted" | "sign":
                found.append(Token(kind, match[kind], at))
        place = end
    return [*found, Token("end", "", At(len(text) + 1))]


def _whole(text: str, at: At) -> int:
    unsigned = text[-1] in "uU"
    digits = text.rstrip("uU")
    value = int(digits, 16 if digits[:2].lower() == "0x" else 10)
    if unsigned:
        if value >= 2**64:
            raise ExpressionError("Unsigned numbers go to 18446744073709551615.", at.column, at.length)
        return Uint(value)
    if value > LARGEST + 1:  # one more: a minus may stand before it
        raise ExpressionError(f"Whole numbers go to {LARGEST}.", at.column, at.length)
    return value


def _double(text: str, at: At) -> float:
    value = float(text)
    if value == float("inf"):
        raise ExpressionError("This number is larger than any that can be computed with.", at.column, at.length)
    return value


def _string(text: str, start: int, opening: str) -> tuple[int, str | bytes]:
    """Where the string ends, and what it says."""
    prefix = opening.rstrip("'\"").lower()
    quote = opening[len(prefix) :]
    raw, binary = "r" in prefix, "b" in prefix
    place, parts = start + len(opening), []
    while True:
        if place >= len(text) or (text[place] == "\n" and len(quote) == 1):
            raise ExpressionError(f"This text has no end: {quote} is missing.", start + 1, len(opening))
        if text.startswith(quote, place):
            place += len(quote)
            break
        if text[place] == "\\" and not raw:
            place, part = _escape(text, place, binary)
        else:
            part = text[place].encode("utf-8", "surrogatepass") if binary else text[place]
            place += 1
        parts.append(part)
    return place, b"".join(parts) if binary else "".join(parts)  # type: ignore[arg-type]


def _escape(text: str, place: int, binary: bool) -> tuple[int, str | bytes]:
    letter = text[place + 1 : place + 2]
    if letter in _ESCAPES and letter:
        return place + 2, _ESCAPES[letter].encode() if binary else _ESCAPES[letter]
    if letter in _DIGITS and not (binary and letter in "uU"):
        digits, base, end = text[place + 2 : place + 2 + _DIGITS[letter]], 16, place + 2 + _DIGITS[letter]
        whole = len(digits) == _DIGITS[letter] and all(c in "0123456789abcdefABCDEF" for c in digits)
    else:
        digits, base, end = text[place + 1 : place + 4], 8, place + 4
        whole = len(digits) == 3 and digits[0] in "0123" and all(c in "01234567" for c in digits)
    code = int(digits, base) if letter and whole else -1
    if code < 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ExpressionError(
            "This escape is unknown: there are \\n \\t \\r \\\\ \\\" \\' \\xHH \\uHHHH \\UHHHHHHHH and \\ooo.",
            place + 1,
            2,
        )
    return end, bytes([code]) if binary else chr(code)
