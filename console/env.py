"""Every variable that Highwater reads from its surroundings, in one place, with its meaning and default.

The launcher sets them, docker-compose.yml sets them, a test proves that neither sets one that is not here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "HIGHWATER_"


@dataclass(frozen=True, slots=True)
class Environment:
    data: Path = Path(".data")  # keys, SQLite, the private broker's log
    secret_key: str = field(default="", repr=False)  # empty: one is made and kept in `data`
    fernet_keys: str = field(default="", repr=False)  # comma separated, newest first; empty: made and kept in `data`
    database_url: str = field(default="", repr=False)  # empty: SQLite in `data`
    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)
    origins: str = "http://127.0.0.1:8080,http://localhost:8080"  # full origins people open, comma separated
    proxies: str = "0"  # trusted proxies in front: whose X-Forwarded-For tells sign-in limits who is knocking
    kafka: str = ""  # host:port registered as the cluster `local` when no cluster is known yet
    logs: str = ""  # where the log lines of a cluster are found: its name=a file or an http(s) address, comma separated
    logs_authorization: str = field(
        default="", repr=False
    )  # its name=the whole Authorization header for the address in logs
    logs_dashboard: str = ""  # where the Logs page of a cluster leads on: its name=an http(s) address, comma separated
    shops: str = ""  # where the view of a cluster's shop is found: its name=a file, comma separated
    outbound: str = ""  # networks (CIDR, comma separated) in which registries may be; empty: all but this machine's own
    reader_mb: str = "512"  # memory limit of the reader process
    log_level: str = "INFO"

    @property
    def origin_list(self) -> list[str]:
        return [origin.strip().rstrip("/") for origin in self.origins.split(",") if origin.strip()]

    @property
    def outbound_list(self) -> tuple[str, ...]:
        """A console that is opened on this machine alone may reach this machine."""
        given = tuple(network.strip() for network in self.outbound.split(",") if network.strip())
        local = all(urlsplit(origin).hostname in ("127.0.0.1", "localhost", "::1") for origin in self.origin_list)
        return given or (("0.0.0.0/0", "::/0") if local else ())

    @property
    def https(self) -> bool:
        return bool(self.origin_list) and all(origin.startswith("https://") for origin in self.origin_list)


def by_cluster(text: str) -> dict[str, str]:
    """`local=/a/file,prod=https://search:9200` by the slug of the cluster; one without an address is left out."""
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return {slug.strip(): address.strip() for slug, _, address in pairs if address.strip()}


def stores_by_cluster(text: str) -> dict[str, str]:
    """As `by_cluster`, of files, or addresses without a password. Raises ValueError, which does not repeat it."""
    found = by_cluster(text)
    for slug, address in found.items():
        if address.startswith(("http://", "https://")) and "@" in urlsplit(address).netloc:
            raise ValueError(
                f"The address of {slug} in HIGHWATER_LOGS has a user or a password in it. "
                f'Leave them out, and set HIGHWATER_LOGS_AUTHORIZATION="{slug}=Basic ...".'
            )
    return found


def headers_by_cluster(text: str) -> dict[str, str]:
    """As `by_cluster`, of what can stand in a header. Raises ValueError, which does not repeat it."""
    found = by_cluster(text)
    for slug, value in found.items():
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"What HIGHWATER_LOGS_AUTHORIZATION says for {slug} cannot stand in a header.")
    return found


def links_by_cluster(text: str) -> dict[str, str]:
    """As `by_cluster`, for what becomes a link on a page. Raises ValueError, which does not repeat it."""
    found = by_cluster(text)
    for slug, address in found.items():
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError(f"What {slug} has is no address for a link: http(s)://host, and no password in it.")
    return found


NAMES = {PREFIX + name.upper(): name for name in Environment.__dataclass_fields__}


def read() -> Environment:
    given = {field_name: os.environ[name] for name, field_name in NAMES.items() if name in os.environ}
    data = Path(given.pop("data", ".data")).absolute()
    return Environment(data=data, **given)
