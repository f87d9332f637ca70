"""Whether the bootstrap addresses can be reached at all, and if not, why: both clients would only say "timed out"."""

from __future__ import annotations

import socket
import ssl

from gateway.config import ClusterConfig
from gateway.errors import Unreachable

_CONNECT_S = 3.0


def reach(config: ClusterConfig) -> None:
    """Connects to the addresses in turn until one answers (with TLS where it is used). Raises Unreachable with the
    reason of each."""
    try:
        context = config.ssl_context() if config.tls else None
    except (ssl.SSLError, OSError, ValueError) as error:
        raise Unreachable(f"The certificates cannot be used: {_words(error)}.") from None
    reasons = []
    for address in config.bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S) as connection:
                if context is not None:
                    context.wrap_socket(connection, server_hostname=host.strip("[]")).close()
                return
        except ssl.SSLError as error:
            reasons.append(f"{address.strip()}: TLS failed, {_words(error)}")
        except (OSError, ValueError, OverflowError) as error:
            reasons.append(f"{address.strip()}: {_words(error)}")
    raise Unreachable(f"{'; '.join(reasons)}.")


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_CONNECT_S:.0f} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted ({error.verify_message})"
    if isinstance(error, socket.gaierror):
        return "the name does not resolve"
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).lower().replace("_", " ")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "not an address of the form host:port"
