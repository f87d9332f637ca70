"""How many records a long change has written: as they were acknowledged, and as the brokers count them (decision 0021).

An outcome has a row for each partition that was written to, and one named "records" for the whole.
Facts: producer, epoch, epochs; "end orders-0" (before), "acked orders-0", "last orders-0"; wanted; stopped, unsure,
dead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from changes.kind import Facts, Outcome, OutcomeRow, Value
from changes.words import count, names_said
from gateway.errors import KafkaFault, UnknownTopic
from gateway.facts import TopicPartition
from records.changes.same import changed
from topics.changes.facts import until

if TYPE_CHECKING:
    from gateway.cluster import Cluster
    from gateway.writer import Writer
    from records.changes.writing import Writing


def id_fact(topic: str) -> str:
    """The name under which a plan rests on a topic's id."""
    return f"The id of {topic}"


def outcome(writing: Writing, writer: Writer, ends: Mapping[TopicPartition, int], total: int | None) -> Outcome:
    wanted = writing.handed if writing.exhausted else total
    facts: Facts = writing.facts | {"wanted": wanted}
    rows = []
    for tp, part in sorted(writer.written.items()):
        facts |= {f"acked {tp}": part.count, f"last {tp}": part.last}
        said = f"{count(part.count, 'record')}, offsets {part.first:,} to {part.last:,}"
        rows.append(OutcomeRow(str(tp), ends.get(tp), None, said, "ok"))
    done = writer.acknowledged
    why = " ".join(filter(None, (writing.stopped, writing.halted, _not_taken(writer.refused, "not written"))))
    complete = writing.exhausted and done == writing.handed
    state = "ok" if complete else "unknown" if writer.unsure else "failed"
    if writer.unsure:
        facts["unsure"] = writer.unsure
    if writing.stopped:
        facts["stopped"] = writing.stopped
    rows.append(OutcomeRow("records", None, wanted, done, state, "" if complete else why))
    return Outcome(tuple(rows), note="" if complete else _note(done, wanted, why), facts=facts)


def again(cluster: Cluster, topics: Mapping[str, str | None], applied: Outcome) -> Outcome:
    """The same, as the brokers count it now. Raises KafkaFault."""
    facts, told, whole = applied.facts, applied.rows, applied.rows[-1]
    if "producer" not in facts:
        row = msgspec.structs.replace(whole, found=0, state="failed", why="The worker died before it began.")
        return Outcome((row,), note="The worker died before it had written anything.", facts=facts)
    gone = changed(topics, cluster.topics.ids(topics))
    tps = [tp for name in topics for tp in _partitions(facts, name)]
    held = {} if gone else cluster.transactions.written_by(int(facts["producer"] or 0), int(facts["epoch"] or 0), tps)
    if any(isinstance(answer, UnknownTopic) for answer in held.values()):  # just deleted: not every broker knows
        gone = until(lambda: changed(topics, cluster.topics.ids(topics)), bool)
    if gone:
        lost = (msgspec.structs.replace(row, found=None, state="failed", why="gone with the topic") for row in told)
        note = " ".join(filter(None, (gone, _in_the_new_one(cluster, topics, facts), applied.note)))
        return Outcome(tuple(lost), note=note, facts=facts)
    named = {row.name: row for row in told}
    rows, done, known = [], 0, True
    for tp in tps:
        one, n = _one(tp, held[tp], facts, named.get(str(tp)))
        done += n
        known = known and (one is None or one.state != "unknown")
        if one is not None:
            rows.append(one)
    wanted = facts.get("wanted")
    complete = isinstance(wanted, int) and done == wanted and "stopped" not in facts
    state = "ok" if complete or (known and whole.state == "ok") else "failed" if known else "unknown"
    rows.append(msgspec.structs.replace(whole, found=done if known else None, state=state))
    return Outcome(tuple(rows), note="" if state == "ok" else _note(done, wanted, whole.why), facts=facts)


def _in_the_new_one(cluster: Cluster, topics: Mapping[str, str | None], facts: Facts) -> str:
    """A sentence when records came into a topic that was made anew under the name, before that was seen."""
    tps = [
        tp
        for name in topics
        for tp in _partitions(facts, name)
        if changed({name: topics[name]}, cluster.topics.ids([name]))
    ]
    producer, epoch = int(facts["producer"] or 0), int(facts["epoch"] or 0)
    held = until(  # its leader may not know it yet
        lambda: cluster.transactions.written_by(producer, epoch, tps),
        lambda seen: all(isinstance(n, int) for n in seen.values()),
    )
    into = [str(tp) for tp, n in held.items() if isinstance(n, int) and n > 0]
    return (
        f"Some of the last records are in the new one: look at the first offsets of {names_said(into)}." if into else ""
    )


def _one(
    tp: TopicPartition, held: int | KafkaFault, facts: Facts, told: OutcomeRow | None
) -> tuple[OutcomeRow | None, int]:
    """The row of one partition, None when nothing was written there, and how many records that are."""
    before, acked = facts.get(f"end {tp}"), int(facts.get(f"acked {tp}") or 0)
    exact = isinstance(held, int) and held >= acked and facts.get("epochs", 1) == 1
    if exact and told is not None and held == acked:
        return told, acked
    if exact:
        n = int(held) if isinstance(held, int) else 0
        said = f"{count(n, 'record')}, from offset {before:,} on" if isinstance(before, int) else count(n, "record")
        return (OutcomeRow(str(tp), before, None, said, "ok", "counted by the broker") if n else None), n
    if "dead" not in facts and "unsure" not in facts:  # each was acknowledged by all in-sync replicas
        return told, acked
    why = f"The broker does not tell how many: {held}" if isinstance(held, KafkaFault) else "The broker's count is lost"
    where = f"look at {tp} from offset {before:,} on" if isinstance(before, int) else f"look at {tp}"
    return OutcomeRow(str(tp), before, None, None, "unknown", f"{why.rstrip('.')}: {where}"), 0


def _partitions(facts: Facts, topic: str) -> list[TopicPartition]:
    prefix = f"end {topic}-"
    numbers = (name.removeprefix(prefix) for name in facts if name.startswith(prefix))
    return [TopicPartition(topic, int(number)) for number in numbers if number.isdecimal()]


def _not_taken(n: int, words: str) -> str:
    return f"{count(n, 'record')} that had been made ready {'was' if n == 1 else 'were'} {words}." if n else ""


def _note(done: int, wanted: Value, why: str) -> str:
    of = f" of {wanted:,}" if isinstance(wanted, int) else ""
    return f"{why.rstrip('.')}. {done:,}{of} records are written." if why else f"{done:,}{of} records are written."
