"""Ask the coordinators of many groups: blocks to each, all in flight together, groups that moved once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import TypeVar

from gateway import older
from gateway.anybody import anybody
from gateway.ask import Deadline, settle
from gateway.clients import Clients
from gateway.errors import KafkaFault, Refused, Retriable, from_code
from gateway.messages import find_coordinator
from gateway.messages.primitives import UNREADABLE

T = TypeVar("T")
MOVED = (14, 15, 16)  # the coordinator is loading, absent, or another one


def per_coordinator(
    clients: Clients,
    message: ModuleType,
    groups: Iterable[str],
    response: Callable[[bytes, int], dict[str, T | int]],
    deadline: Deadline,
) -> dict[str, T | KafkaFault]:
    """Each group's answer or fault. `response(data, node)` gives an error code for a group that has no answer.

    A group whose coordinator moved is looked up and asked once more; after that its fault is Retriable.
    """
    names = list(dict.fromkeys(groups))
    if not names:
        return {}
    try:
        answers, moved = _round(clients, message, names, response, deadline)
        if moved:
            clients.coordinators.forget(moved)
            again, still = _round(clients, message, moved, response, deadline)
            clients.coordinators.forget(still)
            answers |= again | dict.fromkeys(still, Retriable())
    except KafkaFault as fault:
        return dict.fromkeys(names, fault)
    missing = Refused("The broker left this group out of its answer.")
    return {name: answers.get(name, missing) for name in names}


def coordinators(clients: Clients, groups: list[str], deadline: Deadline) -> dict[str, int | KafkaFault]:
    """The coordinator of each group: remembered from the listing, else asked for. Raises KafkaFault."""
    found: dict[str, int | KafkaFault] = {g: n for g in groups if (n := clients.coordinators.get(g)) is not None}
    unknown = [group for group in groups if group not in found]
    line = clients.line
    client = line.client(deadline)
    if unknown and not line.speaks(client, find_coordinator):
        looked_up = older.coordinators(line, client, unknown, deadline)
        clients.coordinators.learn({g: n for g, n in looked_up.items() if not isinstance(n, KafkaFault)})
        return found | looked_up
    for start in range(0, len(unknown), find_coordinator.BLOCK):
        block = unknown[start : start + find_coordinator.BLOCK]
        answer = anybody(line, client, clients.leaders, find_coordinator, find_coordinator.request(block), deadline)
        nodes, errors = find_coordinator.response(answer)
        clients.coordinators.learn(nodes)
        found |= nodes
        found |= {group: from_code(code) for group, code in errors.items()}
    return found


def _round(
    clients: Clients,
    message: ModuleType,
    groups: list[str],
    response: Callable[[bytes, int], dict[str, T | int]],
    deadline: Deadline,
) -> tuple[dict[str, T | KafkaFault], list[str]]:
    """Answers, and the groups whose coordinator is not where we asked."""
    line = clients.line
    client = line.client(deadline)
    line.require(client, message)
    answers: dict[str, T | KafkaFault] = {}
    moved: list[str] = []
    by_node: defaultdict[int, list[str]] = defaultdict(list)
    for group, node in coordinators(clients, groups, deadline).items():
        if isinstance(node, KafkaFault):
            answers[group] = node
        else:
            by_node[node].append(group)
    asked = {}
    for node, names in by_node.items():
        for start in range(0, len(names), message.BLOCK):
            block = names[start : start + message.BLOCK]
            asked[node, start] = block, line.send(client, message, message.request(block), node)
    outcomes = settle({key: future for key, (_, future) in asked.items()}, deadline)
    for (node, start), outcome in outcomes.items():
        block = asked[node, start][0]
        if isinstance(outcome, KafkaFault):
            line.suspect()
            clients.coordinators.forget(block)
            answers |= dict.fromkeys(block, outcome)
            continue
        try:
            said = response(outcome, node)
        except UNREADABLE:
            answers |= dict.fromkeys(block, Refused("The broker's answer could not be read."))
            continue
        for group, answer in said.items():
            if not isinstance(answer, int):
                answers[group] = answer
            elif answer in MOVED:
                moved.append(group)
            else:
                answers[group] = from_code(answer)
    return answers, moved
