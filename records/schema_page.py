"""The schemas of a topic, as its registry has them: subjects, versions, the text, and what changed between two."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from access.guard import requires
from gateway.registry import RegistryConfig
from gateway.registry_http import RegistryClient, RegistryFault
from topics.frame import head

SECONDS = 3.0
LINES = 5000  # of a text or of a difference


@dataclass(slots=True)
class Page:
    """`error`: why the registry did not say the rest."""

    subjects: list[str] = field(default_factory=list)
    subject: str = ""
    versions: list[int] = field(default_factory=list)  # the newest first
    version: int = 0
    against: int = 0  # 0: the text alone
    id: int = 0
    kind: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)  # "" | added | removed | place, and the line
    references: list[str] = field(default_factory=list)
    error: str = ""


@requires("topic.view", name="topic")
def schema(request: HttpRequest, cluster: str, topic: str) -> HttpResponse:
    """`?subject=&version=&against=`"""
    context = head(request, topic, "schema")
    page = Page()
    registry = request.cluster.config().registry  # type: ignore[attr-defined]
    if registry is None:
        page.error = "No schema registry is set for this cluster: it belongs to the cluster's settings."
    else:
        try:
            _ask(page, registry, topic, request.GET)
        except RegistryFault as fault:
            page.error = str(fault)
    return render(request, "records/schema.html", context | {"page": page})


def of_topic(subjects: list[str], topic: str) -> list[str]:
    """Those that Confluent's naming strategies make for a topic: topic-key, topic-value, topic-record."""
    mine = [name for name in subjects if name in (topic, f"{topic}-key", f"{topic}-value")]
    return sorted(mine, key=lambda name: (not name.endswith("-value"), name)) + sorted(
        name for name in subjects if name.startswith(f"{topic}-") and name not in mine
    )


def _ask(page: Page, registry: RegistryConfig, topic: str, asked: Any) -> None:
    """Fills the page as far as the registry answers. Raises RegistryFault."""
    client = RegistryClient(registry, SECONDS)
    page.subjects = of_topic(client.subjects(), topic)
    if not page.subjects:
        return
    page.subject = asked.get("subject") if asked.get("subject") in page.subjects else page.subjects[0]
    page.versions = sorted(client.versions(page.subject), reverse=True)
    page.version = _version(page, asked.get("version", "")) or page.versions[0]
    page.against = _version(page, asked.get("against", ""))
    chosen = client.version(page.subject, page.version)
    page.id, page.kind = int(chosen.get("id") or 0), str(chosen.get("schemaType") or "AVRO")
    page.references = [str(reference.get("name")) for reference in chosen.get("references") or ()]
    text = pretty(chosen["schema"])
    if page.against and page.against != page.version:
        page.lines = difference(pretty(client.version(page.subject, page.against)["schema"]), text)
    else:
        page.lines = [("", line) for line in text.splitlines()[:LINES]]


def _version(page: Page, text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) in page.versions else 0


def pretty(text: str) -> str:
    """JSON over several lines; anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def difference(before: str, after: str) -> list[tuple[str, str]]:
    found = []
    for line in list(difflib.unified_diff(before.splitlines()[:LINES], after.splitlines()[:LINES], lineterm=""))[2:]:
        kind = {"+": "added", "-": "removed", "@": "place"}.get(line[0], "")
        found.append((kind, line if kind == "place" else line[1:]))
    return found
