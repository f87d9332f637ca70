"""The embedded log store, as the console reads it (`streams/store_sqlite.py` writes it)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.logs.asked import PAGE, LogQuery
from pipelines.logs.found import MESSAGE, Found, Hit, NoSuchPage, StoreFailed, bars, place

PATIENCE = 5.0  # seconds of work for one answer
COUNTED = 200_000  # lines that are counted by service and by time, the newest: 0.2 s, and a million would take 0.7
# The conditions are made of our own words only; what was asked for is bound.
ROWS = """
SELECT n, id, ts, service, level, trace, substr(message, 1, ?),
  CASE json_type(body, '$.fields') WHEN 'object' THEN json_extract(body, '$.fields') END, json_extract(body, '$.owner')
FROM line WHERE {where} ORDER BY ts DESC, n DESC LIMIT ?
"""
SUMS = """
SELECT ts / ?, service, level, count(*), sum(corrected), min(ts)
FROM (SELECT ts, service, level, corrected FROM line WHERE {where} ORDER BY ts DESC LIMIT ?) GROUP BY 1, 2, 3
"""
BEFORE = re.compile(r"(-?\d{1,18})\.(\d{1,18})", re.ASCII)  # ts and n of the last line of a page
MATCH = "IN (SELECT rowid FROM line_text WHERE line_text MATCH ?)"
_COLUMN = {"service": "service", "level": "level", "trace": "trace"}


class SqliteLogs:
    def __init__(self, path: Path) -> None:
        self.path = path

    def search(self, query: LogQuery) -> Found:
        where, values = _where(query)
        try:
            with self._opened() as db:
                return _found(db, query, where, values)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                sentence = f"The search took longer than {PATIENCE:.0f} s and was stopped. Ask for a shorter time."
                raise StoreFailed(sentence) from None
            if "unable to open" in str(error) or "no such table" in str(error):
                raise StoreFailed("The log store is not there yet: the sink makes it with its first line.") from None
            raise StoreFailed(f"The log store cannot be read: {error}.") from error
        except sqlite3.DatabaseError as error:  # what is there is broken, or no database
            raise StoreFailed(f"The log store cannot be read: {error}.") from error

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=2)
        steps = [int(PATIENCE * 1000)]

        def tired() -> int:
            steps[0] -= 1
            return steps[0] < 0

        db.set_progress_handler(tired, 20_000)  # about a millisecond of work
        try:
            yield db
        finally:
            db.close()


def _found(db: sqlite3.Connection, query: LogQuery, where: str, values: list[Any]) -> Found:
    page, page_values = where, list(values)
    if query.before:
        if not (place_of := BEFORE.fullmatch(query.before)):
            raise NoSuchPage
        page += " AND (ts, n) < (?, ?)"
        page_values += [int(part) for part in place_of.groups()]
    rows = db.execute(ROWS.replace("{where}", page), [MESSAGE, *page_values, PAGE + 1]).fetchall()
    more = len(rows) > PAGE
    del rows[PAGE:]
    sums = db.execute(SUMS.replace("{where}", where), [query.step, *values, COUNTED]).fetchall()
    counts: dict[int, tuple[int, int]] = {}
    services: dict[str, int] = {}
    levels: dict[str, int] = {}
    for step, service, level, count, *_ in sums:
        lines, errors = counts.get(step, (0, 0))
        counts[step] = (lines + count, errors + (count if level in ("ERROR", "FATAL") else 0))
        services[service] = services.get(service, 0) + count
        levels[level] = levels.get(level, 0) + count
    total = sum(levels.values())
    return Found(
        total=total,
        exact=total < COUNTED,
        hits=[_hit(row) for row in rows],
        next=f"{rows[-1][2]}.{rows[-1][0]}" if more else "",
        bars=bars(query, counts),
        services=sorted(services.items(), key=lambda item: (-item[1], item[0])),
        levels=sorted(levels.items(), key=lambda item: (-item[1], item[0])),
        corrected=sum(row[4] for row in sums),
        since=min(row[5] for row in sums) if total >= COUNTED else 0,
    )


def _hit(row: tuple[Any, ...]) -> Hit:
    _, id, ts, service, level, trace, message, fields, owner = row
    return Hit(*place(id), ts, service, level, message, trace, json.loads(fields or "{}"), str(owner or ""))


def _where(query: LogQuery) -> tuple[str, list[Any]]:
    parts = ["ts >= ?", "ts < ?"]
    values: list[Any] = [query.since, query.until]
    for name, wanted, absent in query.fields:
        marks = ", ".join("?" * len(wanted))
        parts.append(f"{_COLUMN[name]} {'NOT ' if absent else ''}IN ({marks})")
        values += wanted
    for absent in (False, True):
        found = [w for w in query.words if w.absent == absent]
        if found:
            joined = (" OR " if absent else " AND ").join(_quoted(w.text) for w in found)
            parts.append(f"n {'NOT ' if absent else ''}{MATCH}")
            values.append(joined)
    return " AND ".join(parts), values


def _quoted(text: str) -> str:
    """A phrase of FTS5: between quotes nothing is an operator."""
    return '"' + text.replace('"', '""') + '"'
