"""Whether the bootstrap addresses can be reached at all, and if not, why: both clients would only say "timed out"."""

from __future__ import annotations

import socket
import ssl
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from struct import Struct
from typing import Final

from gateway.config import ClusterConfig
from gateway.errors import Unreachable

_WITHIN_S: Final = 2.5  # for connecting, for TLS and for an answer each
_AT_ONCE: Final = 8
_HEAD: Final = Struct(">hhih")  # key, version, correlation id, length of the client id
_ANSWER: Final = Struct(">ii")  # size, correlation id
_LARGEST: Final = 1 << 24
_VERSIONS: Final = _HEAD.pack(18, 0, 1, 0)  # the one request that comes before the sign-in
_METADATA: Final = _HEAD.pack(3, 4, 1, 0) + bytes(5)  # of no topic; a broker that wants a sign-in refuses it
_TLS_RECORDS: Final = (b"\x15\x03", b"\x16\x03")  # how an alert and a handshake begin


class _Closed(ConnectionError):
    """It ended the connection in place of an answer."""


def reach(config: ClusterConfig) -> None:
    """Asks all addresses at once and returns with the first that answers as Kafka. Raises Unreachable with the reason
    of each."""
    try:
        context = config.ssl_context() if config.tls else None
    except (ssl.SSLError, OSError, ValueError) as error:
        mismatch = getattr(error, "reason", None) == "KEY_VALUES_MISMATCH"
        why_not = (
            "the key is not that of the client certificate" if mismatch else "a text is not PEM, or a key is missing"
        )
        raise Unreachable(f"The certificates cannot be used: {why_not}.") from None
    addresses = [address.strip() for address in config.bootstrap.split(",")]
    pool = ThreadPoolExecutor(min(_AT_ONCE, len(addresses)), "highwater-kafka-reach")
    try:
        asked = {pool.submit(_ask, address, context, config): address for address in addresses}
        reasons: dict[str, str] = {}
        for done in as_completed(asked):
            try:
                return done.result()
            except (OSError, ValueError, OverflowError) as error:
                reasons[asked[done]] = _words(error, config)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for address in addresses:
        alike[reasons[address]].append(address)
    raise Unreachable(f"{'; '.join(f'{_and(of)}: {reason}' for reason, of in alike.items())}.")


def _ask(address: str, context: ssl.SSLContext | None, config: ClusterConfig) -> None:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    with socket.create_connection((host, int(port)), _WITHIN_S) as plain:
        if context is None:
            return _answers(plain, config)
        with context.wrap_socket(plain, server_hostname=host) as secured:
            return _answers(secured, config)


def _answers(connection: socket.socket, config: ClusterConfig) -> None:
    """With TLS 1.3 a client certificate is refused no sooner than here."""
    request = _VERSIONS if config.mechanism else _METADATA
    connection.sendall(len(request).to_bytes(4) + request)
    answer = b""
    while len(answer) < _ANSWER.size:
        try:
            more = connection.recv(_ANSWER.size - len(answer))
        except ConnectionResetError:
            more = b""
        if not more:
            raise _Closed(_tls(answer) or _wants(config))
        answer += more
    size, correlation = _ANSWER.unpack(answer)
    if correlation != 1 or not _ANSWER.size - 4 <= size <= _LARGEST:
        raise _Closed(_tls(answer) or "something answers there that is not Kafka")


def _tls(answer: bytes) -> str:
    return "it speaks TLS, which is off here" if answer[:2] in _TLS_RECORDS else ""


def _wants(config: ClusterConfig) -> str:
    missing = (
        ("TLS", config.tls),
        ("a sign-in", config.mechanism),
        ("a client certificate", config.certificate_pem or not config.tls),
    )
    wanted = [what for what, given in missing if not given]
    return f"it closed the connection; it may want {' or '.join(wanted)}" if wanted else "it closed the connection"


def _words(error: Exception, config: ClusterConfig) -> str:
    match error:
        case _Closed():
            return str(error)
        case TimeoutError():
            return f"no answer within {_WITHIN_S} s"
        case ssl.SSLCertVerificationError():
            return f"TLS failed, the certificate is not trusted ({error.verify_message.rstrip('.')})"
        case ssl.SSLEOFError():
            return "TLS failed, it closed the connection; it may not speak TLS there"
        case ssl.SSLError():
            return _refused(error, config)
        case socket.gaierror():
            return "the name does not resolve"
        case OSError() if error.strerror:
            return error.strerror.lower()
    return "not an address of the form host:port"


def _refused(error: ssl.SSLError, config: ClusterConfig) -> str:
    """The alerts that speak of certificates are about ours."""
    reason = error.reason or str(error)
    if "ALERT" not in reason or not ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason):
        return f"TLS failed, {_spelled(reason)}"
    if not config.certificate_pem:
        return "it wants a client certificate"
    return f"it refuses the client certificate ({_spelled(reason.partition('ALERT_')[2])})"


def _spelled(reason: str) -> str:
    return reason.lower().replace("_", " ")


def _and(addresses: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(addresses[:-1]), addresses[-1])))
