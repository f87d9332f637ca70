"""How a program of ours reaches Kafka: its first arguments, and what they come to for a client."""

from __future__ import annotations

import argparse
from pathlib import Path

#: What a file of --config may say: the way to the brokers. What our promises rest on is not among it.
SETTINGS = (
    "security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password",
    "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password", "ssl.keystore.location",
    "ssl.keystore.password", "ssl.endpoint.identification.algorithm",
)  # fmt: skip


def arguments(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m streams.{program}")
    parser.add_argument("--bootstrap", required=True, help="host:port")
    parser.add_argument("--config", type=client_settings, default={}, help="a file of name=value lines: SASL, TLS")
    parser.add_argument("--instance", default="1", help="tells processes of one program apart: 1, 2 ...")
    return parser


def reached(asked: argparse.Namespace) -> dict[str, str]:
    """For any client of librdkafka."""
    return {"bootstrap.servers": asked.bootstrap, **asked.config}


def client_settings(path: str) -> dict[str, str]:
    """Of a file: a setting of librdkafka a line, # before what is none. Raises ArgumentTypeError, with a sentence that
    tells no value."""
    found: dict[str, str] = {}
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        name, _, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if name not in SETTINGS:  # it may be half a password: it is not repeated
            raise argparse.ArgumentTypeError(f"{path}, line {number}: only these can be set: {', '.join(SETTINGS)}.")
        found[name] = value
    return found
