"""Groups of every kind: the list, and who is in each."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from types import ModuleType

from gateway import older
from gateway.ask import Deadline, settle
from gateway.blocks import per_coordinator
from gateway.clients import Clients
from gateway.errors import KafkaFault, UnknownGroup, Unsupported, from_code
from gateway.facts import Group, GroupListing
from gateway.messages import (
    describe_consumer_groups,
    describe_consumer_groups_0,
    describe_groups,
    describe_share_groups,
    describe_streams_groups,
    list_groups,
)
from gateway.messages.primitives import Last

#: How each kind is asked for its members, the newest version first.
DESCRIBES: dict[str, tuple[ModuleType, ...]] = {
    "consumer": (describe_consumer_groups, describe_consumer_groups_0),
    "share": (describe_share_groups,),
    "streams": (describe_streams_groups,),
    "classic": (describe_groups,),
}


class Groups:
    def __init__(self, clients: Clients, timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout
        self._heard: Last[int, list_groups.Listed] = Last()
        self._described = {kind: describe_groups.Described() for kind in ("classic", "consumer")}

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

        Given a listing it asks in the group's own protocol at once; given names it tries them all. A broker that lists
        share or streams groups and is too old to describe them leaves them `untold`.
        """
        deadline = Deadline(self._timeout)
        if not isinstance(groups, Mapping):
            return self._describe_names(list(groups), deadline)
        kinds: defaultdict[str, list[str]] = defaultdict(list)
        for name, listing in groups.items():
            kinds[listing.kind if listing.kind in DESCRIBES else "classic"].append(name)
        answers: dict[str, Group | KafkaFault] = {}
        for kind, names in kinds.items():
            answers |= self._ask(kind, names, deadline)
        for name in (*kinds["share"], *kinds["streams"]):
            listing = groups[name]
            if isinstance(answers[name], Unsupported):
                answers[name] = Group(name, listing.kind, listing.state, "", (), listing.coordinator, untold=True)
        return {name: answers[name] for name in groups}

    def _describe_names(self, names: builtins.list[str], deadline: Deadline) -> dict[str, Group | KafkaFault]:
        answers: dict[str, Group | KafkaFault] = {}
        rest = names
        for kind in DESCRIBES:
            answers |= self._ask(kind, rest, deadline)
            rest = [name for name in rest if isinstance(answers[name], KafkaFault)]
        for name, answer in answers.items():
            if isinstance(answer, Group) and answer.state == "Dead":  # how the classic protocol says "unknown"
                answers[name] = UnknownGroup()
        return answers

    def _ask(self, kind: str, names: builtins.list[str], deadline: Deadline) -> dict[str, Group | KafkaFault]:
        if not names:
            return {}
        line = self._clients.line
        try:
            message = line.newest(line.client(deadline), *DESCRIBES[kind])
        except KafkaFault as fault:
            return dict.fromkeys(names, fault)
        if message is None:
            return dict.fromkeys(names, Unsupported())
        response = message.response
        if kind in self._described and len(names) > 1:  # a sweep; a question about one group leaves what it heard
            before, now = self._described[kind], describe_groups.Described()
            self._described[kind] = now
            response = partial(response, before=before, now=now)
        return per_coordinator(self._clients, message, names, response, deadline)
