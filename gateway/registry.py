"""How to reach a schema registry, and which addresses may be reached at all. The client is `reader.decode.registry`."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, field, fields

#: Never: link-local (where clouds keep credentials), multicast, "any" and broadcast, whatever is allowed.
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "ff00::/8",
        "fd00:ec2::254/128",
    )
)
_LOOPBACK = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128")))


@dataclass(frozen=True, slots=True)
class RegistryConfig:
    url: str  # http://host:port/path
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)  # a bearer token; instead of user and password
    ca_pem: str = field(default="", repr=False)  # empty: the system's own list
    allowed: tuple[str, ...] = ()  # networks (CIDR) that may be reached; none: all but this machine's own

    @property
    def fingerprint(self) -> str:
        joined = "\0".join(str(getattr(self, f.name)) for f in fields(self))
        return hashlib.sha256(joined.encode()).hexdigest()[:16]


def refused(address: str, allowed: tuple[str, ...] = ()) -> str:
    """Why an IP address may not be connected to, as a sentence; "" when it may."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (mapped := found.ipv4_mapped or found.sixtofour):
        found = mapped
    inside = [network for network in _NEVER if found.version == network.version and found in network]
    if inside:
        return f"{found} is an address that is never connected to."
    if allowed:
        networks = (ipaddress.ip_network(text, strict=False) for text in allowed)
        if any(found.version == network.version and found in network for network in networks):
            return ""
        return f"{found} is not among the addresses that this console may connect to (HIGHWATER_OUTBOUND)."
    if any(found.version == network.version and found in network for network in _LOOPBACK):
        return f"{found} is this machine itself, which has to be allowed (HIGHWATER_OUTBOUND)."
    return ""
