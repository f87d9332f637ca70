"""What the pages of all runs do alike."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest

from lab.runs import R


def the_run(kind: type[R], request: HttpRequest, pk: UUID) -> R:
    """One of this cluster. Raises Http404."""
    runs = kind._default_manager.select_related("cluster")
    found = runs.filter(pk=pk, cluster=request.cluster).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404(f"No such run. They are kept for {kind.KEPT.days} days.")
    return found
