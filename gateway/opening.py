"""Making a kafka-python client without its constructor's habits: it blocks, hides why it failed, and then leaves its
I/O thread behind."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future
from typing import Any

from gateway.config import ClusterConfig
from gateway.reach import reach


def open_client(config: ClusterConfig) -> Future[Any]:
    """A connected KafkaAdminClient, or why there is none, from a thread of its own."""
    future: Future[Any] = Future()
    threading.Thread(target=_connect, args=(config, future), name="highwater-kafka-connect", daemon=True).start()
    return future


def close_client(opening: Future[Any]) -> None:
    """Closing joins its I/O thread, which may be waiting for a frozen broker: never on our caller's time."""

    def run(done: Future[Any]) -> None:
        if done.exception() is None:
            threading.Thread(target=done.result().close, name="highwater-kafka-close", daemon=True).start()

    opening.add_done_callback(run)


def _connect(config: ClusterConfig, future: Future[Any]) -> None:
    from kafka.admin import KafkaAdminClient
    from kafka.net.compat import KafkaNetClient

    # It reports each failed connection at ERROR; ours are told by the call that failed.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    made: list[Any] = []

    def network(**settings: Any) -> Any:
        made.append(KafkaNetClient(**settings))
        _hear_last_words(made[0]._manager)
        _tell_refusals(made[0]._manager, future)
        return made[0]

    try:
        reach(config)
        client = KafkaAdminClient(**config.for_kafka_python(), kafka_client=network)
    except BaseException as error:
        for half_made in made:  # it has started its I/O thread already
            half_made._manager._net.stop()
            half_made.close()
        if not future.done():
            future.set_exception(error)
    else:
        if future.done():  # one address refused us meanwhile, and another did not
            client.close()
        else:
            future.set_result(client)


def _hear_last_words(manager: Any) -> None:
    """What arrives together with the end of its connection, kafka-python throws away: a broker that refuses a password
    says so and closes, and four of five such answers were lost (28 tries, 5.7 connections each, two without a word)."""
    build = manager._build_transport

    async def built(*args: Any, **options: Any) -> Any:
        transport = await build(*args, **options)
        receive = transport._sock_recv

        def received() -> tuple[bytes, Exception | None]:
            data, end = receive()
            return (data, None) if data else (data, end)  # the end is there the next time, too

        transport._sock_recv = received
        return transport

    manager._build_transport = built


def _tell_refusals(manager: Any, future: Future[Any]) -> None:
    """While it bootstraps, kafka-python takes a wrong password for a broker that is away, and tries on until it times
    out. Here the broker's word ends it."""
    from kafka.errors import SaslAuthenticationFailedError, UnsupportedSaslMechanismError

    connect = manager.get_connection

    def refused(error: Exception) -> None:
        if isinstance(error, (SaslAuthenticationFailedError, UnsupportedSaslMechanismError)) and not future.done():
            future.set_exception(error)
            manager.close()

    def watched(*args: Any, **options: Any) -> Any:
        connection = connect(*args, **options)
        if not future.done():
            connection.init_future.add_errback(refused)
        return connection

    manager.get_connection = watched
