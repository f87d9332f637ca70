"""Who looks at a tail: what each one has not been sent yet is sent when they have a credit for it.

Viewers come and go from other threads; every method takes the lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from reader.replies import Failed, Here, Notice, Reply, Started, Unsafe, Waits
from reader.viewer import Batch, Made, Viewer, Waiting

Emit = Callable[[Reply], None]
TICK = 0.033  # seconds between two frames
QUIET_TICK = 0.25  # the same, when there are counts and no rows
WAITS_TICK = 1.0

LEFT = Failed(0, "left", "Nobody looks.")


class Audience:
    def __init__(self, emit: Emit, made: Made, has_room: Callable[[], bool] = lambda: True) -> None:
        """`made`: a record as a row. `has_room`: whether more may be written to web; while not, what comes waits."""
        self.emit, self.made, self.has_room = emit, made, has_room
        self.lock = threading.Lock()
        self.viewers: dict[int, Viewer] = {}
        self.positions: dict[int, int] = {}  # the next offset of each partition; empty until the tail stands
        self.ended: Failed | None = None
        self.last_frame = self.last_waits = 0.0

    def join(self, id: int, credit: int) -> bool:
        """False when the tail has ended meanwhile: start another."""
        with self.lock:
            if self.ended is not None:
                return False
            self.viewers[id] = Viewer(id, credit, Waiting(self.positions))
            if self.positions:
                self.emit(Started(id, dict(self.positions)))
            return True

    def leave(self, id: int) -> bool:
        """True when nobody looks any more: then the tail ends."""
        with self.lock:
            self.viewers.pop(id, None)
            if not self.viewers and self.ended is None:
                self.ended = LEFT
            return self.ended is not None

    def credit(self, id: int, frames: int) -> None:
        with self.lock:
            if viewer := self.viewers.get(id):
                viewer.credit += frames

    def ask(self, id: int, question: int) -> None:
        with self.lock:
            if viewer := self.viewers.get(id):
                viewer.questions.append(question)

    def begin(self, positions: dict[int, int]) -> None:
        with self.lock:
            self.positions = positions
            for viewer in self.viewers.values():
                viewer.waiting = Waiting(positions)
                self.emit(Started(viewer.id, dict(positions)))

    def spread(self, batch: Batch) -> None:
        with self.lock:
            self.positions.update(batch.reached)
            for waiting in {id(viewer.waiting): viewer.waiting for viewer in self.viewers.values()}.values():
                waiting.take(batch)

    def patience(self) -> float:
        """Seconds that may be waited for records until something is to be sent."""
        with self.lock:
            due = any((v.waiting.seen or v.questions) and v.credit > 0 for v in self.viewers.values())
        return max(0.0, self.last_frame + TICK - time.monotonic()) if due else 0.1

    def send(self, is_at_end: bool) -> None:
        """One frame for all who wait for the same. `is_at_end`: questions can be answered."""
        now = time.monotonic()
        if now - self.last_frame < TICK or not self.has_room():
            return
        with self.lock:
            fresh = Waiting(self.positions)
            for viewers in self._due(now):
                self.last_frame = now
                waiting = viewers[0].waiting
                self.emit(waiting.frame([viewer.id for viewer in viewers], self.made))
                early = any(self.positions[p] < at for p, at in waiting.floor.items())
                rest = Waiting(waiting.next, waiting.floor) if early else fresh
                for viewer in viewers:
                    viewer.credit -= 1
                    viewer.waiting = rest
            for viewer in self.viewers.values():
                if is_at_end and not viewer.waiting.seen:
                    self._answer(viewer)
            if now - self.last_waits >= WAITS_TICK:
                self.last_waits = now
                for viewer in self.viewers.values():
                    if viewer.credit <= 0 and viewer.waiting.matched:
                        self.emit(Waits(viewer.id, viewer.waiting.matched))

    def _due(self, now: float) -> list[list[Viewer]]:
        together: dict[int, list[Viewer]] = {}
        for viewer in self.viewers.values():
            counts_too = viewer.questions or now - self.last_frame >= QUIET_TICK
            if viewer.credit > 0 and viewer.waiting.seen and (viewer.waiting.rows or counts_too):
                together.setdefault(id(viewer.waiting), []).append(viewer)
        return list(together.values())

    def _answer(self, viewer: Viewer) -> None:
        for question in viewer.questions:
            self.emit(Here(viewer.id, question))
        viewer.questions = []

    def notice(
        self,
        code: str,
        sentence: str,
        partition: int | None = None,
        offset: int | None = None,
        batch: Unsafe | None = None,
    ) -> None:
        with self.lock:
            for id in self.viewers:
                self.emit(Notice(id, code, sentence, partition, offset, batch))

    def end(self, code: str, sentence: str) -> None:
        with self.lock:
            if self.ended is None:
                self.ended = Failed(0, code, sentence)
                for viewer in self.viewers.values():
                    if viewer.credit > 0 and viewer.waiting.seen:
                        self.emit(viewer.waiting.frame([viewer.id], self.made))
                    self.emit(Failed(viewer.id, code, sentence))

    def announce(self, other: Audience) -> dict[int, int]:
        """Our viewers will go on in `other`, from the offsets that are returned; up to there we tell them.

        Empty when that cannot be, and then nothing has changed.
        """
        with self.lock, other.lock:
            if other.ended is not None or other.positions.keys() != self.positions.keys():
                return {}
            border = {p: max(at, other.positions[p]) for p, at in self.positions.items()}
            for id in self.viewers:
                other.viewers[id] = Viewer(id, 0, Waiting(border, floor=border))
            return border

    def move(self, other: Audience) -> list[int]:
        """They go: `other` sends them what we have not, with the credit that they have left. Returns who they are."""
        with self.lock, other.lock:
            gone = list(self.viewers)
            for id, viewer in self.viewers.items():
                if other.ended is not None:
                    self.emit(Failed(id, other.ended.code, other.ended.sentence))
                elif at_home := other.viewers.get(id):
                    at_home.waiting.after(viewer.waiting)
                    at_home.credit += viewer.credit
                    at_home.questions += viewer.questions
            self.viewers = {}
            self.ended = LEFT
            return gone
