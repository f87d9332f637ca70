"""Groups: every kind in the list; members and assignments of classic and KIP-848 groups."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from functools import partial
from types import ModuleType

from gateway import older
from gateway.ask import Deadline, settle
from gateway.blocks import per_coordinator
from gateway.clients import Clients
from gateway.errors import KafkaFault, UnknownGroup, from_code
from gateway.facts import Group, GroupListing
from gateway.messages import describe_consumer_groups, describe_groups, list_groups
from gateway.messages.primitives import Last


class Groups:
    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout
        self._heard: Last[int, list_groups.Listed] = Last()

    def list(self) -> tuple[dict[str, GroupListing], tuple[KafkaFault, ...]]:
        """All groups by name, and a fault for each broker that did not answer. Raises KafkaFault if none can be asked.

        An empty answer is not evidence that there are no groups: a broker that has just started says so too.
        """
        deadline = Deadline(self._timeout)
        line = self._clients.line
        client = line.client(deadline)
        nodes = self._clients.leaders.brokers or line.nodes(client)
        outcomes: dict[int, list_groups.Listed | KafkaFault]
        if line.speaks(client, list_groups):
            body = list_groups.request()
            answers = settle({n: line.send(client, list_groups, body, n) for n in nodes}, deadline)
            outcomes = {n: a if isinstance(a, KafkaFault) else self._listed(n, a) for n, a in answers.items()}
        else:
            outcomes = settle(older.list_groups(line, client, nodes), deadline)
        groups: dict[str, GroupListing] = {}
        faults: list[KafkaFault] = []
        for answer in outcomes.values():
            if isinstance(answer, KafkaFault):
                line.suspect()
                faults.append(answer)
                continue
            error, listed = answer
            if error:
                faults.append(from_code(error))
            groups |= {listing.group: listing for listing in listed}
        self._clients.coordinators.learn({g.group: g.coordinator for g in groups.values() if g.coordinator is not None})
        return groups, tuple(faults)

    def _listed(self, node: int, answer: bytes) -> list_groups.Listed:
        return self._heard.decoded(node, answer, partial(list_groups.response, broker=node))

    def describe(self, groups: Mapping[str, GroupListing] | Iterable[str]) -> dict[str, Group | KafkaFault]:
        """State, assignor and members of each group. Raises nothing: what failed is the group's own answer.

        Given a listing it asks in the group's own protocol at once; given names it tries both. Share and streams groups
        are known by their listing only: they come without members.
        """
        deadline = Deadline(self._timeout)
        if not isinstance(groups, Mapping):
            return self._describe_names(list(groups), deadline)
        kinds: dict[str, list[str]] = {"classic": [], "consumer": []}
        answers: dict[str, Group | KafkaFault] = {}
        for name, listing in groups.items():
            if listing.kind in ("share", "streams"):
                answers[name] = Group(name, listing.kind, listing.state, "", (), listing.coordinator)
            else:
                kinds["consumer" if listing.kind == "consumer" else "classic"].append(name)
        answers |= self._ask(describe_groups, kinds["classic"], deadline)
        answers |= self._ask(describe_consumer_groups, kinds["consumer"], deadline)
        return {name: answers[name] for name in groups}

    def _describe_names(self, names: builtins.list[str], deadline: Deadline) -> dict[str, Group | KafkaFault]:
        answers = self._ask(describe_consumer_groups, names, deadline)
        rest = [name for name, answer in answers.items() if isinstance(answer, KafkaFault)]
        classic = self._ask(describe_groups, rest, deadline)
        for name, answer in classic.items():
            dead = isinstance(answer, Group) and answer.state == "Dead"  # how the classic protocol says "unknown"
            answers[name] = UnknownGroup() if dead else answer
        return answers

    def _ask(self, message: ModuleType, names: builtins.list[str], deadline: Deadline) -> dict[str, Group | KafkaFault]:
        return per_coordinator(self._clients, message, names, message.response, deadline)
