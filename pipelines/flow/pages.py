"""The Flow page: topics, groups and producers of a cluster as a graph, with how fast and how far behind. It moves by
itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from access.guard import requires
from access.policy import visible
from clusters.health import known
from live import snapshots
from pipelines.flow.drawing import Drawing, draw
from pipelines.flow.graph import around, graph
from pipelines.flow.nodes import GROUP, PRODUCER, TOPIC, UNNAMED, Graph, Id
from pipelines.flow.programs import WRITES

MOST = 300  # nodes that are drawn: more is a picture of nothing
HOPS = (1, 2, 3)
KINDS = (TOPIC, GROUP, PRODUCER, UNNAMED)
ALONE = 40  # names of topics without a reader


@dataclass(frozen=True, slots=True)
class Asked:
    """From the address; what makes no sense is the default."""

    q: str = ""
    of: Id | None = None
    hops: int = 1
    internal: bool = False

    @classmethod
    def of_url(cls, parameters: Mapping[str, str]) -> Asked:
        kind, _, name = parameters.get("around", "").partition(":")
        hops = parameters.get("hops", "")
        return cls(
            q=parameters.get("q", "").strip()[:200],
            of=Id(kind, name[:300]) if kind in KINDS and name else None,
            hops=int(hops) if hops in map(str, HOPS) else 1,
            internal=parameters.get("internal") == "1",
        )

    def url(self, **changes: object) -> str:
        hops = self.hops if self.hops > 1 else ""
        asked = {"q": self.q, "around": str(self.of or ""), "hops": hops, "internal": "1" * self.internal}
        wanted = {**asked, **changes}
        return f"?{urlencode({name: value for name, value in wanted.items() if value})}"


@requires("topic.view")
@require_GET
def flow(request: HttpRequest, cluster: str) -> HttpResponse:
    asked = Asked.of_url(request.GET)
    snapshot = known(snapshots.newest(request.cluster.pk))  # type: ignore[attr-defined]
    context: dict[str, object] = {"asked": asked, "hops": [(n, asked.url(hops=n)) for n in HOPS]}
    if snapshot is None:
        return render(request, "pipelines/flow.html", context)
    topics, groups = (visible(request.user, f"{kind}.view", request.cluster) for kind in (TOPIC, GROUP))  # type: ignore[attr-defined]
    whole = graph(snapshot, WRITES, topics, groups, internal=asked.internal)
    found = _asked_for(whole, asked)
    drawing = draw(found, lambda id: _page(cluster, asked, id)) if len(found.nodes) <= MOST else None
    untold = Counter(why for topic, why in snapshot.untold if topic and topics(topic))
    return render(
        request,
        "pipelines/flow.html",
        context
        | {"known": True, "graph": found, "drawing": drawing, "rows": _rows(found, drawing, asked)}
        | {"untold": untold.most_common(), "nameless": dict(snapshot.untold).get("")}
        | {"total": len(whole.nodes), "most": MOST, "hidden": whole.hidden}
        | {"alone": whole.alone[:ALONE], "more_alone": max(0, len(whole.alone) - ALONE), "plain": Asked().url()},
    )


PAGES = {TOPIC: "records:messages", GROUP: "groups:group"}


def _page(cluster: str, asked: Asked, id: Id) -> str:
    """Producers have no page of their own."""
    if id.kind in PAGES:
        return reverse(PAGES[id.kind], args=(cluster, id.name))
    return asked.url(around=str(id), q="")


def _asked_for(whole: Graph, asked: Asked) -> Graph:
    """Of a name both what has it and what is next to that."""
    if asked.of is not None:
        return around(whole, [asked.of], asked.hops)
    if asked.q:
        wanted = asked.q.casefold()
        return around(whole, [id for id in whole.nodes if wanted in id.name.casefold()], asked.hops)
    return whole


def _rows(found: Graph, drawing: Drawing | None, asked: Asked) -> list[tuple[object, ...]]:
    """The same as a table: each edge with the addresses of its two ends alone."""
    return [
        (edge, *(asked.url(around=str(id), q="") for id in (edge.source, edge.target)))
        for edge in (found.edges if drawing is not None else ())
    ]
