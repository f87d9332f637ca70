"""Expressions and records at random: grammatical ones, and texts of anything."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = ["a", "b", "event", "x y", "ü", 'q"', "back\\slash", "\n", "add_to_cart", "", "\ud83d", "1"]
NAMES = ["value", "key", "headers", "partition", "offset", "timestamp", "size", "topic", "other"]
TOKENS = [
    *NAMES, "true", "false", "null", "in", "has", "size", "matches", "startsWith", "contains", "timestamp", "duration",
    "int", "string", "double", "uint", "bytes", "replace", "split", "join", "reverse", "getHours", "exists",
    "&&", "||", "!", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}", '"a"', "'b'", 'b"\\xff"', "r'\\d+'", '"(a+)+$"', "0", "1", "7u", "1.5", "1e300", "9223372036854775807",
    '"2026-11-03T14:30:00Z"', '"5m"', '"Europe/Berlin"', "`a-b`", "//x\n", "'", '"', "\\", "=", "&", "é", "\x00",
]  # fmt: skip
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(max_size=5),
)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["a", "b", "event", "ü", 'q"']), inner, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(["a", "b", "event", "ü", 'q"']), json_values, max_size=4)
jumbled = st.lists(st.sampled_from(TOKENS), max_size=30).map(" ".join)


def quoted(text: str) -> str:
    return '"' + "".join(c if c.isalnum() and c.isascii() else _escaped(c) for c in text) + '"'


def _escaped(c: str) -> str:
    return "?" if "\ud800" <= c <= "\udfff" else f"\\U{ord(c):08x}"


texts = st.sampled_from(WORDS).map(quoted)
literals = st.one_of(
    texts,
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.floats(0, 1e9).map(lambda f: f"{f:.3f}"),
    st.sampled_from(["true", "false", "null", "[]", '["a", "b"]', "[1, 2.5]", "3u", "b'a'"]),
)
paths = st.tuples(
    st.sampled_from(["value", "key", "headers"]),
    st.lists(st.sampled_from([".a", ".b", ".event", '["ü"]', "['q\\\"']", "[0]"]), max_size=3),
).map(lambda parts: parts[0] + "".join(parts[1]))
terms = st.one_of(paths, literals, st.sampled_from(["partition", "offset", "size", "topic", "timestamp"]))
tests = st.one_of(
    st.tuples(terms, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in"]), terms).map(" ".join),
    st.tuples(paths, st.sampled_from(["startsWith", "endsWith", "contains"]), texts).map(
        lambda p: f"{p[0]}.{p[1]}({p[2]})"
    ),
    st.tuples(paths, texts, texts).map(lambda p: f"{p[0]} in [{p[1]}, {p[2]}]"),
    st.tuples(paths, st.sampled_from(["a", "b", "event"])).map(lambda p: f"has({p[0]}.{p[1]})"),
    st.tuples(terms, st.sampled_from("+-*/%"), terms, terms).map(lambda p: f"{p[0]} {p[1]} {p[2]} == {p[3]}"),
)
expressions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        inner.map(lambda e: f"!({e})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]}) ? ({p[1]}) : ({p[2]})"),
    ),
    max_leaves=6,
)
