"""The clients of one cluster in one process, each made at first use. None survives a fork: an inherited librdkafka
handle hangs and then crashes the child at exit, so a child makes its own and never destroys what it inherited."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Any

from gateway.ask import Deadline
from gateway.closing import close_later
from gateway.config import ClusterConfig
from gateway.leaders import Coordinators, Leaders
from gateway.wire import Line


class Clients:
    def __init__(self, config: ClusterConfig) -> None:
        self.config = config
        self._lock = threading.Lock()
        self._pid = 0
        self._admin: Any = None
        self._producer: Any = None
        self._renew()

    @property
    def line(self) -> Line:
        """kafka-python's connections."""
        self._check_pid()
        return self._line

    def admin(self, deadline: Deadline) -> Any:
        """confluent's AdminClient. It would only time out on a cluster that cannot be reached, so the line, which knows
        why not, goes first. Raises KafkaFault."""
        self.line.client(deadline)
        with self._lock:
            if self._admin is None:
                from confluent_kafka.admin import AdminClient

                # Its handle is a producer's: without this, asking about a topic creates it.
                self._admin = AdminClient(self.config.for_confluent() | {"allow.auto.create.topics": False})
            return self._admin

    def producer(self, deadline: Deadline) -> Any:
        """Raises KafkaFault."""
        self.line.client(deadline)
        with self._lock:
            if self._producer is None:
                from confluent_kafka import Producer

                self._producer = Producer(
                    self.config.for_confluent()
                    | {
                        "allow.auto.create.topics": False,
                        "acks": "all",
                        "enable.idempotence": True,
                        "partitioner": "murmur2_random",  # as the Java client: a key lands where its fellows are
                        "linger.ms": 0,
                        "message.timeout.ms": 8000,
                    }
                )
            return self._producer

    def let_go(self, producer: Any) -> None:
        """Of one that takes nothing any more: the next who asks gets another."""
        with self._lock:
            if self._producer is not producer:
                return  # somebody was faster
            self._producer = None
        close_later(producer)

    def close(self) -> None:
        """After calls in flight have ended. The next call connects anew."""
        self._check_pid()
        with self._lock:
            clients, line = (self._admin, self._producer), self._line
            self._renew()
        for client in clients:
            if client is not None:  # a producer that has nothing to do is false
                close_later(client)
        line.close()

    def _check_pid(self) -> None:
        if self._pid != os.getpid():
            self._lock = threading.Lock()  # the inherited one may be held by a thread that is not here
            for inherited in (self._line, self._admin, self._producer):
                # Even at the interpreter's exit nobody may destroy it: it would wait for threads that were not forked.
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(inherited))
            self._renew()

    def _renew(self) -> None:
        self._pid = os.getpid()
        self._line = Line(self.config)
        self._admin = self._producer = None
        self.leaders = Leaders()
        self.coordinators = Coordinators()
