"""What may be said to a Kafka client, as types. There is no way to pass a free-form property:
`plugin.library.paths` loads code into our process and `ssl.*.location` opens any file, so the list is closed."""

from __future__ import annotations

import hashlib
import ssl
import tempfile
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from gateway.reading import MaskRule, TopicReading
from gateway.registry import RegistryConfig

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_APART = ("registry", "masks", "readings", "version")


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """How to reach one cluster. PEM values are text, never paths.

    `repr` hides the secrets; `fingerprint` changes when the way to the cluster does, so that clients are made anew.
    """

    bootstrap: str  # host:port, comma separated
    tls: bool = False
    ca_pem: str = field(default="", repr=False)  # empty: the system's own list
    certificate_pem: str = field(default="", repr=False)
    key_pem: str = field(default="", repr=False)
    mechanism: str = ""  # empty: no SASL
    username: str = ""
    password: str = field(default="", repr=False)
    key: str = ""  # of the registration: the same brokers may be registered twice, with rules of their own
    registry: RegistryConfig | None = None  # of its schemas
    # How records are read belongs to no client: they are not part of the fingerprint.
    masks: tuple[MaskRule, ...] = ()
    readings: tuple[TopicReading, ...] = ()
    version: int = 0  # of these two and the registry: whoever holds an older one must not bring it back

    def __post_init__(self) -> None:
        if self.mechanism and self.mechanism not in MECHANISMS:
            raise ValueError(f"{self.mechanism} is not one of {', '.join(MECHANISMS)}")

    @property
    def fingerprint(self) -> str:
        joined = "\0".join(str(getattr(self, f.name)) for f in fields(self) if f.name not in _APART)
        return hashlib.sha256(joined.encode()).hexdigest()[:16]

    @property
    def protocol(self) -> str:
        return (
            ("SASL_SSL" if self.tls else "SASL_PLAINTEXT") if self.mechanism else ("SSL" if self.tls else "PLAINTEXT")
        )

    def for_confluent(self) -> dict[str, Any]:
        """The settings every librdkafka client of ours starts from."""
        settings: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": self.protocol,
            "client.id": "highwater",
            "log.connection.close": False,
            "socket.keepalive.enable": True,
            "socket.connection.setup.timeout.ms": 5000,
            "log_level": 2,  # a broker that is down is told by the call that failed, not on stderr
        }
        if self.tls:
            for key, pem in (
                ("ssl.ca.pem", self.ca_pem),
                ("ssl.certificate.pem", self.certificate_pem),
                ("ssl.key.pem", self.key_pem),
            ):
                if pem:
                    settings[key] = pem
        if self.mechanism:
            settings |= {
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        return settings

    def for_kafka_python(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": self.protocol,
            "client_id": "highwater",
            "bootstrap_timeout_ms": 5000,
            "request_timeout_ms": 8000,
            "max_in_flight_requests_per_connection": 1000,  # it refuses what is above, it does not queue it
            "reconnect_backoff_max_ms": 1000,  # default 30 s: a restarted broker would stay "unreachable" that long
        }
        if self.tls:
            settings["ssl_context"] = self.ssl_context()
        if self.mechanism:
            settings |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return settings

    def ssl_context(self) -> ssl.SSLContext:
        """Raises ssl.SSLError, ValueError for PEM text that is none."""
        context = ssl.create_default_context(cadata=self.ca_pem or None)
        if self.certificate_pem:
            # load_cert_chain takes only a path: the file lives for this call, readable by us alone (mkstemp).
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as chain:
                chain.write(f"{self.key_pem}\n{self.certificate_pem}\n")
                chain.flush()
                context.load_cert_chain(Path(chain.name))
        return context
