"""What is hidden in the records of a cluster: read, added to, taken from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from access.guard import requires
from clusters import reading
from clusters.health import known
from clusters.mask_form import SIDES, MaskForm
from clusters.models import Cluster
from gateway.reading import MaskRule
from live import snapshots

MOST = 200  # rules


@dataclass(frozen=True, slots=True)
class Row:
    rule: MaskRule
    side: str
    key: str
    topics: int | None  # that it covers now; None while nothing is known of the cluster
    given: tuple[str, ...]  # of these, read by a schema given here, which may call its fields what it likes


@requires("cluster.manage")
def masks(request: HttpRequest, cluster: str) -> HttpResponse:
    row = Cluster.objects.get(pk=request.cluster.pk)  # type: ignore[attr-defined]
    rules = list(reading.masks(row.masks))
    form = MaskForm()
    if request.method == "POST" and "remove" in request.POST:
        return _removed(request, row, rules)
    if request.method == "POST":
        form = MaskForm(request.POST)
        if len(rules) >= MOST:
            form.add_error(None, f"There are {MOST} rules already; at most so many are kept.")
        if form.is_valid():
            reading.set_masks(row, [*rules, form.rule()])
            messages.success(request, "Hidden from now on, for everybody who has no right to see it.")
            return redirect("clusters:masks", cluster)
    snapshot = known(snapshots.newest(row.pk))
    names = None if snapshot is None else list(snapshot.topics)
    sides = dict(SIDES)
    given = [said.topic for said in reading.readings(row.readings) if said.key_schema or said.value_schema]
    rows = [
        Row(
            rule,
            sides[rule.side],
            _key(rule),
            None if names is None else sum(map(rule.covers, names)),
            tuple(filter(rule.covers, given)) if rule.path else (),
        )
        for rule in rules
    ]
    context = {"cluster": row, "rows": rows, "form": form}
    return render(request, "clusters/masks.html", context, status=422 if form.is_bound else 200)


def _key(rule: MaskRule) -> str:
    return hashlib.sha256(repr(rule).encode()).hexdigest()[:16]


def _removed(request: HttpRequest, row: Cluster, rules: list[MaskRule]) -> HttpResponse:
    """By what the rule says, not by its number: somebody else may have removed one above it meanwhile."""
    left = [rule for rule in rules if _key(rule) != request.POST.get("remove", "")]
    if len(left) == len(rules):
        messages.error(request, "There is no such rule any more.")
    else:
        reading.set_masks(row, left)
        messages.success(request, "Removed: what it hid can be seen again.")
    return redirect("clusters:masks", row.slug)
