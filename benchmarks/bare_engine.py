"""What the stream engine itself takes: every event read, parsed, and one number in its state moved. Nothing is written.

Started by benchmarks.pipelines in the environment of the stream programs.
"""

from __future__ import annotations

from typing import Any

from streams.engine import Same, application, arguments
from streams.user_events import SOURCE, read


def count(value: Any, state: Any) -> None:
    state.set("n", state.get("n", 0) + 1)


def main() -> None:
    asked = arguments("bare_engine").parse_args()
    app = application("bare-engine", asked)
    source = app.topic(SOURCE, value_deserializer="bytes", key_deserializer=Same())
    app.dataframe(source).apply(read, metadata=True).update(count, stateful=True)
    app.run()


if __name__ == "__main__":
    main()
