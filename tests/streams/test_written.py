"""Whatever is read is written by the engine's own JSON, or refused with a reason that can be written."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.streams.programs import CI, PYTHON, ROOT

#: Reads values as hex, a line each; says what becomes of them. The engine is in an environment of its own.
PROGRAM = """
import sys
from streams import events, lines
from streams.reading import Malformed
from streams.written import told
NOW = 1_790_000_000_000
for line in sys.stdin:
    value, found = bytes.fromhex(line), []
    for topic in ("service-logs", "user-events"):
        try:
            if topic == "service-logs":
                told("t", "k", lines.enriched(lines.parse(value, NOW), {}), 5_000)
            else:
                event = events.parse(value, NOW)
                told("t", "k", {name: getattr(event, name) for name in event.__slots__})
            found.append("written")
        except Malformed as error:
            told("dlq", "k", {"code": error.code, "reason": str(error)}, 1_000)
            found.append(error.code)
    print(*found, flush=True)
"""


@pytest.fixture(scope="module")
def become() -> Iterator[Callable[[bytes], list[str]]]:
    """What becomes of a value as a log line and as an event: written, or a code."""
    if not PYTHON.exists() and not CI:
        pytest.skip("make test installs streams/.venv")
    command = [str(PYTHON), "-c", PROGRAM]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        tell, hear = process.stdin, process.stdout

        def ask(value: bytes) -> list[str]:
            print(value.hex(), file=tell, flush=True)
            return hear.readline().split()

        yield ask
        tell.close()


def line(**fields: object) -> bytes:
    return json.dumps({"service": "a", "message": "m"} | fields).encode()


def nested(deep: int) -> object:
    found: object = 1
    for _ in range(deep):
        found = {"a": found}
    return found


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        (line(message="x \ud800", **{"\udc00": ["\ud83d"]}), "written"),
        (b'{"service": "a", "message": "\xed\xa0\x80"}', "written"),
        (line(n=2**64 - 1), "written"),
        (line(n=2**64), "not_writable"),
        (line(n=-(2**63) - 1, half="\ud800"), "not_writable"),
        (line(n=float("nan")), "written"),
        (line(n=nested(200)), "written"),
        (line(n=nested(300)), "not_writable"),
        (line(n=[1e15] * 300), "too_large"),
    ],
)
def test_what_python_reads_and_the_engine_would_not_write(become, value, becomes):
    assert become(value)[0] == becomes


texts = st.text(st.characters(codec=None, exclude_categories=[]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from([2**63, 2**64, -(2**70)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)
names = st.sampled_from(["user_id", "action", "product", "price", "ts", "id", "service", "level", "message"])


@given(st.dictionaries(names | texts, values, max_size=8), st.booleans())
def test_whatever_is_read_is_written_or_refused(become, data, plain):
    known = {"service": "a", "message": "m", "user_id": "u", "action": "view"}
    asked = known | data if plain else data | known
    assert len(become(json.dumps(asked).encode())) == 2
