"""Works the journal of a cluster up into chunks, and fine chunks into coarser ones.

Every step may be done twice, and a crash in the middle is one: rows are replaced, and the mark that says how far things
are moves last, together with the deletion of what it makes superfluous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from django.db import transaction

from history import journal, store
from history.codec import Column, pack
from history.levels import FINE, FINER, MINUTES, QUARTERS, Level, inside
from history.models import Journal, Recording, Series
from history.rebalances import key_of
from history.roll import members, roll
from history.rows import POLLS, Name, group_rows, log_rows
from history.slot import NOTHING, Slot

GRACE_MS = 100_000  # a poll is in the journal when it ends, and it may take 90 s
Still = Callable[[], None]


def work_up(cluster: int, now: int, still: Still = lambda: None) -> None:
    """`still` is called every few tenths of a second."""
    recording = _recording(cluster)
    if recording is None:
        return
    until = FINE.slot(now - GRACE_MS)
    for slot in journal.slots(cluster, recording.fine, until):
        _write(cluster, FINE, slot, rows_of(journal.load(cluster, slot)), still)
    with transaction.atomic():  # what came later than GRACE_MS is a gap
        Journal.objects.filter(cluster=cluster, at__lt=until * FINE.slot_ms).delete()
        Recording.objects.filter(cluster=cluster).update(fine=until)
    for level in (MINUTES, QUARTERS):
        _roll_up(cluster, level, now, still)


def _recording(cluster: int) -> Recording | None:
    """None before the first poll."""
    found = Recording.objects.filter(cluster=cluster).first()
    if found is None:
        began = Journal.objects.filter(cluster=cluster).order_by("at").values_list("at", flat=True).first()
        if began is not None:
            marks = {level.mark: level.slot(began) for level in (FINE, MINUTES, QUARTERS)}
            found, _ = Recording.objects.get_or_create(cluster=cluster, defaults={"began": began, **marks})
    return found


def rows_of(slot: Slot) -> Iterator[tuple[Name, Sequence[Column]]]:
    """All that its polls amount to."""
    yield POLLS, [slot.ats]
    logs = {topic: slot.logs(topic) for topic in slot.topics}
    for topic, known in logs.items():
        yield from log_rows(topic, known)
    for group in slot.groups:
        yield from group_rows(key_of(group), group, slot, lambda topic: logs.get(topic, NOTHING))


def _roll_up(cluster: int, level: Level, now: int, still: Still) -> None:
    """Slots whose finer ones are all there. What is too old to be there is not looked for."""
    finer = FINER[level]
    marks = Recording.objects.get(cluster=cluster)
    done: int = getattr(marks, finer.mark) // (level.slot_ms // finer.slot_ms)
    for slot in range(max(getattr(marks, level.mark), level.slot(now - finer.kept_ms)), done):
        _write(cluster, level, slot, _rolled(cluster, level, slot), still)
    Recording.objects.filter(cluster=cluster).update(**{level.mark: done})


def _rolled(cluster: int, level: Level, slot: int) -> Iterator[tuple[Name, Sequence[Column]]]:
    ids, parts = store.all_ids(cluster), inside(level, slot)
    polls = store.get(FINER[level], parts, {POLLS: ids.pop(POLLS)} if POLLS in ids else {})
    if not polls:
        return
    yield from roll(level, slot, polls).items()
    for family in _families(ids):
        found = store.get(FINER[level], parts, family)
        rows = roll(level, slot, {part: {**polls[part], **found.get(part, {})} for part in polls})
        del rows[POLLS]
        if level is QUARTERS:
            seen = [family[name] for name in members(rows) if name in family]
            Series.objects.filter(pk__in=seen).update(seen=slot)
        yield from rows.items()


def _families(ids: dict[Name, int]) -> Iterator[dict[Name, int]]:
    """Some hundreds at a time; what is of one group on one topic stays together."""
    family: dict[Name, int] = {}
    last: tuple[str, str] | None = None
    for name in sorted(ids):
        if len(family) >= store.BATCH // 4 and name[:2] != last:
            yield family
            family = {}
        family[name], last = ids[name], name[:2]
    yield family


def _write(cluster: int, level: Level, slot: int, rows: Iterator[tuple[Name, Sequence[Column]]], still: Still) -> None:
    """A batch at a time, each for good. `rows` are worked out as they are written, so no more is in memory."""
    while batch := [(name, pack(columns)) for name, columns in islice(rows, store.BATCH)]:
        names = [name for name, _ in batch]
        ids = store.ids_around(cluster, names)
        if missing := [name for name in names if name not in ids]:
            store.make(cluster, missing, QUARTERS.slot(slot * level.slot_ms))
            ids |= store.ids_around(cluster, missing)
        store.put(level, slot, [(ids[name], body) for name, body in batch])
        still()
