"""Resets for which each partition has an offset of its own: another group's, a file's, those that were saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from changes.kind import Refusal
from changes.words import count, names_said
from gateway.facts import TopicPartition
from groups.changes.facts import group_named, offsets_of
from groups.changes.reset_params import Params, exact_offsets, in_file
from groups.models import Bookmark, key_of

if TYPE_CHECKING:
    from gateway.cluster import Cluster


@dataclass(frozen=True, slots=True)
class Given:
    """`offsets`: None takes a commit away. `missing`: why a partition that is not among them has none."""

    offsets: dict[TopicPartition, int | None]
    missing: str = ""
    warnings: tuple[str, ...] = ()

    def beside(self, chosen: set[TopicPartition]) -> str:
        """A sentence about what is given and was not chosen."""
        left = [str(tp) for tp in sorted(set(self.offsets) - chosen)]
        return (
            f"Offsets are given for {count(len(left), 'partition')} more, which stay: {names_said(left)}."
            if left
            else ""
        )


def given(cluster: Cluster, params: Params) -> Given:
    """Raises Refusal, KafkaFault."""
    if params.to == "exactly":
        return Given(dict(exact_offsets(params)))
    if params.to == "bookmark":
        return _bookmarked(cluster, params)
    if params.to == "file":
        read = in_file(params)
        others = f"Rows of other groups were passed over: {names_said(list(read.others), 5)}." if read.others else ""
        return Given(dict(read.offsets), "The file has no row for this partition.", tuple(filter(None, [others])))
    source = str(params.value or "")
    if not source:
        raise Refusal("Say whose offsets to take.")
    if source == params.group:
        raise Refusal("That is the group itself. Name another one.")
    group = group_named(cluster, source)
    offsets: dict[TopicPartition, int | None] = {tp: c.offset for tp, c in offsets_of(cluster, source).items()}
    if not offsets:
        raise Refusal(f"{source} has committed nothing." if group else f"There is no group {source}.")
    said = (
        f"{source} has members: it reads on, so these are its offsets of this moment."
        if group and group.members
        else ""
    )
    return Given(offsets, f"{source} has committed nothing here.", tuple(filter(None, [said])))


def _bookmarked(cluster: Cluster, params: Params) -> Given:
    """A bookmark of this very group. The rights to the group were asked about; those to others' bookmarks were not."""
    number = str(params.value or "")
    mine = Bookmark.objects.filter(key=key_of(params.group), kafka_id=cluster.brokers.info().cluster_id)
    found = mine.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if found is None:
        raise Refusal(f"There is no bookmark {number[:20]} of {params.group}.")
    saved, topics = found.saved, cluster.topics.list()
    anew = [n for n, id in saved.ids.items() if id and n in topics and topics[n].id not in (None, id)]
    said = f"Left out, because the topic was made anew since the bookmark: {names_said(anew)}." if anew else ""
    offsets = {tp: offset for tp, offset in saved.offsets.items() if tp.topic not in anew}
    if not offsets:
        raise Refusal(f"{said} Nothing is left to restore.")
    return Given(dict(offsets), "The bookmark has no offset for this partition.", tuple(filter(None, [said])))
