"""Ask a broker, whichever it is: when it is away, or says nothing for a while, the next one is asked too."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from types import ModuleType
from typing import Any, Final

from gateway.ask import Deadline, one
from gateway.errors import KafkaFault, TimedOut
from gateway.leaders import Leaders
from gateway.wire import Line

_PATIENCE: Final = 2.0  # seconds before another is asked as well


def anybody(line: Line, client: Any, leaders: Leaders, message: ModuleType, body: bytes, deadline: Deadline) -> bytes:
    """The answer of the first that has one. Raises KafkaFault when nobody has, TimedOut at the deadline.

    kafka-python would choose one by its own list, in which a broker that died minutes ago still stands.
    """
    nodes: list[int | None] = sorted(leaders.brokers, key=lambda node: node != leaders.answered) or [None]
    asked: dict[Future[bytes], int | None] = {}
    fault: KafkaFault = TimedOut()
    while nodes or asked:
        if nodes:
            node = nodes.pop(0)
            asked[line.send(client, message, body, node)] = node
        done, _ = wait(asked, min(_PATIENCE, deadline.left()) if nodes else deadline.left(), FIRST_COMPLETED)
        if not done and not deadline.left():
            break
        for future in done:
            node = asked.pop(future)
            try:
                answer = one(future, deadline)
            except KafkaFault as error:
                fault = error
            else:
                leaders.answered = node
                return answer
    raise fault
