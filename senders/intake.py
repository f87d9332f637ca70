"""Logs and events over HTTP, for what cannot speak Kafka.

    python -m senders.intake --bootstrap host:9092 --port 8090 --origin https://shop.example
    curl --data-binary @lines.ndjson http://127.0.0.1:8090/logs

POST /logs     one JSON object a line -> service-logs, by their service
POST /events   the same, or one JSON array, as navigator.sendBeacon sends it -> user-events, by their user
202 {"accepted": n, "refused": n, "why": ["line 3: ..."]} once the brokers have all that was accepted; 503 with
Retry-After when they do not take it: then nothing is certain and the whole may be sent again. With INTAKE_TOKEN set,
/logs wants it as a bearer token; /events cannot (a page would tell it to everybody) and takes the origins it was given.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

LARGEST = 8 * 1024 * 1024  # bytes of one request
LINE = 990_000  # bytes of one record: with its key less than the 1,000,000 that the client takes
AT_ONCE = 8  # requests, to each place
CONNECTIONS = 128  # open ones; each has a thread
WAIT = 10.0  # seconds for the brokers
BODY = 15.0  # seconds for a body
AGAIN = 5.0  # seconds until Kafka is asked again
TOLD = 20  # refused lines of which the reason is told
PLACES = {"/logs": ("service-logs", "service", ""), "/events": ("user-events", "user_id", "ts")}

#: What a file of --config may say: how the brokers are reached. What a promise of ours rests on is not among it.
CLIENT = (
    "security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password",
    "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password", "ssl.keystore.location",
    "ssl.keystore.password", "ssl.endpoint.identification.algorithm", "client.id", "compression.type",
)  # fmt: skip


class Refused(Exception):
    """`status` and what is said."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Taken:
    """Of one request: what the brokers have said of its records."""

    def __init__(self) -> None:
        self.sent = self.acked = 0
        self.failed = ""

    def delivered(self, error: KafkaError | None, _: Message) -> None:
        self.acked += 1
        if error is not None:
            self.failed = self.failed or str(error.str())


def objects(body: bytes) -> Iterator[tuple[int, Any]]:
    """(number of the line, from 1; the object, or why it is none). One JSON array counts as lines, too."""
    text = body.strip()
    if text.startswith(b"["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            yield 1, "the array is not JSON"
            return
        yield from ((n, one if isinstance(one, dict) else "not an object") for n, one in enumerate(found, 1))
        return
    for n, line in enumerate(body.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except (ValueError, RecursionError):
            yield n, "not JSON"
            continue
        yield n, one if isinstance(one, dict) else "not an object"


class Intake(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        bootstrap: str,
        origins: tuple[str, ...],
        token: str,
        client: dict[str, str] | None = None,
    ) -> None:
        """`client`: more settings of Kafka's client. Raises OSError, KafkaException."""
        super().__init__(address, _Request)
        self.origins, self.token = origins, token
        # Each place has its own: whoever fills that of the events, which anybody may reach, keeps out no logs.
        self.rooms = {path: threading.Semaphore(AT_ONCE) for path in PLACES}
        self.connections = threading.Semaphore(CONNECTIONS)
        settings = {"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5}
        settings |= {"partitioner": "murmur2_random"}  # as Java: a user is in one partition, whoever writes
        settings |= {"compression.type": "lz4", "message.timeout.ms": int(WAIT * 1000)}
        self.settings = settings | (client or {})
        self.producer = Producer(self.settings)
        threading.Thread(target=self._polls, name="deliveries", daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self.connections.acquire(timeout=1):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.release()

    def take(self, path: str, body: bytes) -> dict[str, Any]:
        """Raises Refused."""
        topic, key, clock = PLACES[path]
        taken, why, refused = Taken(), list[str](), 0
        for number, found in objects(body):
            reason = found if isinstance(found, str) else self._unfit(found, key)
            if not reason:
                if clock:
                    found.setdefault(clock, round(time.time() * 1000))
                reason = self._sent(topic, found, found[key], taken)
            if reason:
                refused += 1
                why += [f"line {number}: {reason}"] * (len(why) < TOLD)
        until = time.monotonic() + WAIT + 1
        while taken.acked < taken.sent and time.monotonic() < until:
            time.sleep(0.002)
        if taken.failed or taken.acked < taken.sent:
            raise Refused(503, f"Kafka did not take all of it: {taken.failed or 'no answer'}. Send it again.")
        return {"accepted": taken.sent, "refused": refused, "why": why}

    def _sent(self, topic: str, found: dict[str, Any], key: str, taken: Taken) -> str:
        """Why it cannot be, or nothing. Raises Refused."""
        try:
            # A lone surrogate, which JSON can escape and UTF-8 cannot write, becomes a question mark.
            value = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
        except RecursionError:
            return "nested too deeply"
        if len(value) > LINE:
            return f"{len(value):,} bytes; at most {LINE:,} are taken"
        try:
            self.producer.produce(topic, value, key.encode(), on_delivery=taken.delivered)
        except BufferError:
            raise Refused(503, "Too much waits for Kafka. Send it again later.") from None
        except KafkaException as error:
            raise Refused(503, f"Kafka does not take it: {error.args[0].str()}. Send it again later.") from None
        taken.sent += 1
        return ""

    def _unfit(self, found: dict[str, Any], key: str) -> str:
        name = found.get(key)
        if not isinstance(name, str) or not 0 < len(name) <= 200:
            return f"{key} is missing, or no text of 1 to 200"
        return "" if name.isprintable() else f"{key} has characters that cannot be printed"

    def _polls(self) -> None:
        while True:
            try:
                self.producer.poll(0.1)
            except KafkaException as error:
                # An idempotent one whose user may not write takes nothing any more, also when he may later.
                print(f"intake: Kafka refused to go on, which is tried again: {error.args[0].str()}", file=sys.stderr)
                time.sleep(AGAIN)
                self.producer = Producer(self.settings)


class _Request(BaseHTTPRequestHandler):
    server: Intake
    timeout = 15  # seconds for a client that is slow
    server_version, sys_version = "intake", ""
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        try:
            length = self._length()
            room = self.server.rooms[self.path]
            if not room.acquire(timeout=1):  # before a byte of it is kept
                raise Refused(503, "Too many at once. Send it again later.")
            try:
                self._answer(202, self.server.take(self.path, self._body(length)))
            finally:
                room.release()
        except Refused as refused:
            self.close_connection = True  # its body may be unread
            self._answer(refused.status, {"error": str(refused)})
        except OSError:
            raise  # the client is gone, or too slow
        except Exception:
            self.close_connection = True
            self._answer(500, {"error": "The intake failed; why is on its stderr. Some of it may be sent."})
            raise

    def do_OPTIONS(self) -> None:
        self._answer(204, None)

    def do_GET(self) -> None:
        ready = self.path == "/ready"
        self._answer(200 if ready else 404, {"ready": True} if ready else {"error": "POST /logs or /events."})

    def log_message(self, format: str, *args: Any) -> None:
        """Bodies and addresses of people are nobody's business; what goes wrong is in the answers."""

    def _length(self) -> int:
        """Of the body, of who may send one. Raises Refused."""
        if self.path not in PLACES:
            raise Refused(404, "POST /logs or /events.")
        origin = self.headers.get("Origin")
        if self.path == "/logs" and self.server.token:
            given = self.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
                raise Refused(401, "The token is missing or wrong.")
        if origin and (self.path == "/logs" or origin not in self.server.origins):
            raise Refused(403, f"Pages of {origin} may not send here: see --origin.")
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > 15:
            raise Refused(411, "Say how long it is: Content-Length.")
        if int(length) > LARGEST:
            raise Refused(413, f"{int(length):,} bytes; at most {LARGEST:,} are taken at once.")
        return int(length)

    def _body(self, length: int) -> bytes:
        """Raises Refused when it is not there in time: who sends a byte now and then holds a room as well."""
        body, until = bytearray(), time.monotonic() + BODY
        while len(body) < length:
            self.connection.settimeout(max(0.01, until - time.monotonic()))
            try:
                part = self.rfile.read1(length - len(body))
            except TimeoutError:
                raise Refused(408, f"The body took more than {BODY:.0f} s.") from None
            if not part:
                raise Refused(408, f"{len(body):,} bytes came of the {length:,} that were said.")
            body += part
        self.connection.settimeout(self.timeout)
        return bytes(body)

    def _answer(self, status: int, body: dict[str, Any] | None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        origin = self.headers.get("Origin")
        if origin in self.server.origins:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Vary", "Origin")
        if status == 503:
            self.send_header("Retry-After", "2")
        if data:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def origins(given: list[str]) -> tuple[str, ...]:
    """Each may be several, comma separated."""
    return tuple(one.strip().rstrip("/") for each in given for one in each.split(",") if one.strip())


def client_settings(path: Path | None) -> dict[str, str]:
    """Of a file of `name=value`, a setting of librdkafka a line, # before what is none. Raises OSError, ValueError
    with a sentence that tells no value."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines() if path else (), 1):
        name, _, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if name not in CLIENT:  # it may be half a password: it is not repeated
            raise ValueError(f"{path}, line {number}: only these can be set: {', '.join(CLIENT)}.")
        found[name] = value
    return found


def main() -> None:
    parser = argparse.ArgumentParser("python -m senders.intake")
    parser.add_argument("--bootstrap", required=True, help="host:port")
    parser.add_argument("--config", type=Path, help="a file of client settings, name=value: SASL, TLS")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--origin", action="append", default=[], help="of pages that may send events; repeated, or a,b")
    asked = parser.parse_args()
    token = os.environ.get("INTAKE_TOKEN", "")
    try:
        client = client_settings(asked.config)
        intake = Intake((asked.host, asked.port), asked.bootstrap, origins(asked.origin), token, client)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    except KafkaException as error:
        parser.error(error.args[0].str())
    with intake:
        intake.serve_forever()


if __name__ == "__main__":
    main()
