"""What an expression costs a record, against the same test written in Python.

    python -m benchmarks.expression

One record of 329 bytes of JSON; the best of several runs. The ratio is what the language itself costs. Reading the
bytes as JSON costs more, and the test on bytes spares it for most records that do not match.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from typing import Any

from confluent_kafka import TIMESTAMP_CREATE_TIME, Message

from reader.decode.decoder import Decoder
from reader.decode.tree import tree
from reader.expression import compiled, parse, pattern
from reader.filters import predicate
from reader.query import Filter, Reading
from reader.subject import WORK, Subject

VALUE = (
    b'{"event":"add_to_cart","user_id":48211,"session":"8f2c1a7e-9d41-4c55-a1b2-0f6e5d3c2b1a","amount":1290.5,'
    b'"currency":"EUR","product":{"sku":"sku-4242","name":"Coffee grinder","price":64.5,"tags":["kitchen","coffee"]},'
    b'"level":"ERROR","message":"payment refused by the bank after 3 attempts","region":"eu-central-1","ok":false,'
    b'"n":7}'
)
Native = Callable[[Any, Any], object]
TESTS: dict[str, Native] = {
    'value.event == "add_to_cart"': lambda key, value: value["event"] == "add_to_cart",
    'value.level == "ERROR" && value.product.price > 10 && value.message.startsWith("payment")': lambda key, value: (
        value["level"] == "ERROR" and value["product"]["price"] > 10 and value["message"].startswith("payment")
    ),
    'value.event == "add_to_cart" && value.amount > 1000 && key.startsWith("user-")': lambda key, value: (
        value["event"] == "add_to_cart" and value["amount"] > 1000 and key.startswith("user-")
    ),
    'value.event in ["view", "add_to_cart"] && !has(value.test)': lambda key, value: (
        value["event"] in ("view", "add_to_cart") and "test" not in value
    ),
}
#: Patterns that RE2 takes longest for, and what of.
WORST = {
    "a[ab]{600}c": "a",
    "a[ab]{1000}c": "a",
    "(?:(?:a?){20}){20}b": "a",
    "(?:(?:[ab]?){20}){20}c": "ab",
    "(?:(?:漢?){10}){20}b": "漢",
}
RUNS, EACH = 7, 20_000


def ns(run: Callable[..., object], *given: object) -> float:
    return min(timeit.repeat(lambda: run(*given), number=EACH, repeat=RUNS)) / EACH * 1e9


def a_message(value: bytes) -> Message:
    when = (TIMESTAMP_CREATE_TIME, 1_700_000_000_000)
    return Message(topic="events", partition=3, offset=7, key=b"user-48211", value=value, timestamp=when)


def main() -> None:
    message, decoder = a_message(VALUE), Decoder(Reading())
    print(f"{ns(tree, VALUE):>6,.0f} ns to read {len(VALUE)} bytes as JSON\n")
    print("    ns  Python  ratio  with reading")
    for text, native in TESTS.items():
        answer, subject = compiled(parse(text)), Subject(message, decoder)
        key, value = subject.key(), subject.value()
        assert answer(subject) is native(key, value) is True
        language, python = ns(answer, subject), ns(native, key, value)
        whole = predicate(Filter(expression=text), decoder)
        assert whole is not None
        print(f"{language:>6,.0f} {python:>7,.0f} {language / python:>6.1f} {ns(whole, message):>13,.0f}  {text}")
    quick = predicate(Filter(expression='value.event == "add_to_cart" && value.amount > 1000'), decoder)
    assert quick is not None
    other = a_message(VALUE.replace(b"add_to_cart", b"view_product"))
    print(f"\n{ns(quick, other):>6,.0f} ns for a record whose bytes say no")
    short = compiled(parse('value.message.matches("^payment.*bank")'))
    subject = Subject(message, decoder)
    subject.left = 10**18  # the one record is looked at again and again
    print(f"{ns(short, subject):>6,.0f} ns for matches() on a text of 42 characters")
    for written, letters in WORST.items():
        print(f"{worst_ms(written, letters):>6,.0f} ms of CPU for matches() on the longest text it takes: {written}")


def worst_ms(written: str, letters: str) -> float:
    _, instructions = pattern.finder(written)
    size = WORK // (instructions * pattern.COST) - len(letters.encode())
    text = (letters * size).encode()[: size - size % len(letters.encode())]
    answer, message, decoder = compiled(parse(f"value.matches('{written}')")), a_message(text), Decoder(Reading())
    return (
        min(timeit.repeat(lambda: answer(Subject(message, decoder)), timer=time.process_time, number=1, repeat=RUNS))
        * 1000
    )


if __name__ == "__main__":
    main()
