"""One user: the cart now, what goes with it, carts left behind, and what the user did."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from access.guard import refused, requires
from access.policy import allow
from gateway.errors import KafkaFault
from live.reader_link import ReadFailed
from pipelines.shop.doings import SOURCE, doings
from pipelines.shop.pages import closed, sources
from pipelines.shop.store import ShopFailed, ShopFile, Shopper

LONGEST = 200  # characters of an id, as the programs take them


@requires("records.read")
@require_GET
def find(request: HttpRequest, cluster: str) -> HttpResponse:
    """From an id that was typed to its page."""
    user = request.GET.get("user", "").strip()
    return redirect("pipelines:shopper", cluster, user) if user else redirect("pipelines:shop", cluster)


@requires("records.read")
@require_GET
def shopper(request: HttpRequest, cluster: str, user: str) -> HttpResponse:
    """Of who only looked around no cart is known, and what they did is all there is."""
    if why := closed(request):
        return refused(request, why)
    found, trouble = _known(cluster, _id(user))
    context = {"user_id": user, "shopper": found, "trouble": trouble, "sources": sources(request)}
    return render(request, "pipelines/shopper.html", context)


@requires("records.read")
@require_GET
def did(request: HttpRequest, cluster: str, user: str) -> HttpResponse:
    """A part of the page, for Kafka is asked: the user's own events."""
    if why := closed(request):
        return refused(request, why)
    context: dict[str, object] = {"user_id": _id(user), "topic": SOURCE}
    if not allow(request.user, "records.read", request.cluster, SOURCE):  # type: ignore[attr-defined]
        context["error"] = f"None of your roles lets you read {SOURCE}."
    else:
        try:
            context["doings"] = doings(request.cluster, user)  # type: ignore[attr-defined]
        except (KafkaFault, ReadFailed) as error:
            context["error"] = str(error)
    return render(request, "pipelines/_doings.html", context)


def _id(user: str) -> str:
    """Raises Http404 for what no user can be called."""
    if not user.isprintable() or len(user) > LONGEST:
        raise Http404(f"A user's id has at most {LONGEST} printable characters.")
    return user


def _known(cluster: str, user: str) -> tuple[Shopper | None, str]:
    """Or a sentence that says why nothing is."""
    path = settings.SHOPS.get(cluster)
    if not path:
        return None, "No view of a shop is set for this cluster, so no cart is known here."
    try:
        found = ShopFile(Path(path)).shopper(user)
    except ShopFailed as error:
        return None, str(error)
    return (
        found,
        "" if found else "No cart of this user is known: who only looks has none, and old ones are not kept.",
    )
