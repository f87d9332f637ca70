"""JSON that is written by a schema of the cluster's registry, with the schema's id in front as Confluent does it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from changes.kind import Refusal
from gateway.config import ClusterConfig
from gateway.registry import RegistryConfig
from reader.encode import Unfit


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of a subject; of a Protobuf schema also which message: "" is the first."""

    subject: str
    version: int | None = None  # None: the latest, until it is planned
    message: str = ""


class Encoder:
    def __init__(self, known: Any, id: int, message: str) -> None:
        self._known, self._prefix, self._message = known, b"\0" + id.to_bytes(4, "big"), message

    def __call__(self, text: str) -> bytes:
        """Raises Unfit."""
        known = self._known
        if known.kind == "AVRO":
            from reader.encode import avro  # here and below: most processes never meet these libraries

            return self._prefix + avro.encode(text, known.parsed)
        if known.kind == "PROTOBUF":
            from reader.encode import protobuf

            return self._prefix + protobuf.encode(text, known.parsed, self._message)
        from reader.encode import json_schema

        return self._prefix + json_schema.encode(text, *known.parsed)


def encoder(config: ClusterConfig, named: Named | None, what: str) -> tuple[Encoder, Named]:
    """With the version that the latest is now. Raises Refusal."""
    if named is None or not named.subject:
        raise Refusal(f"The {what} is to be written by a schema: say of which subject.")
    if config.registry is None:
        raise Refusal("The cluster has no schema registry: name one on its page first.")
    from gateway.registry_http import RegistryClient, RegistryFault

    version = named.version
    if version is None:
        try:
            version = int(RegistryClient(config.registry).version(named.subject, "latest")["version"])
        except RegistryFault as fault:
            raise Refusal(_no_schema(fault, named.subject)) from None
        except (KeyError, TypeError, ValueError):
            raise Refusal("The schema registry does not say which version is the latest.") from None
    pinned = msgspec.structs.replace(named, version=version)
    return _encoder(config.registry, pinned), pinned


@lru_cache(64)
def _encoder(config: RegistryConfig, named: Named) -> Encoder:
    """A version never changes, so it is fetched once. Raises Refusal."""
    from gateway.registry_http import RegistryClient, RegistryFault
    from reader.decode.decoded import Undecodable
    from reader.decode.registry import known

    client = RegistryClient(config)
    try:
        answer = client.version(named.subject, str(named.version))
        found = known(client, answer, f"{named.subject}, version {named.version}")
        return Encoder(found, int(answer["id"]), named.message)
    except RegistryFault as fault:
        raise Refusal(_no_schema(fault, named.subject)) from None
    except Undecodable as no:
        raise Refusal(f"The schema {named.subject}, version {named.version}, cannot be used: {no}") from None
    except (KeyError, TypeError, ValueError):
        raise Refusal("The schema registry does not say which id the schema has.") from None


def _no_schema(fault: Exception, subject: str) -> str:
    if getattr(fault, "code", "") == "unknown":
        return f"The schema registry has no such version of {subject[:100]}."
    return str(fault)


__all__ = ["Encoder", "Named", "Unfit", "encoder"]
