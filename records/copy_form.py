"""Where a stretch of a topic is copied to."""

from __future__ import annotations

from typing import Any

from django import forms

from access.policy import allow
from clusters.models import Cluster
from records.range_form import MONO, RangeForm


class CopyForm(RangeForm):
    to_cluster = forms.ChoiceField(label="Cluster", required=False)
    to = forms.CharField(label="Topic", max_length=249, widget=forms.TextInput(MONO | {"list": "topics"}))
    keep_partition = forms.BooleanField(
        required=False, initial=True, label="Keep the partition", help_text="Otherwise the key chooses it."
    )
    keep_timestamp = forms.BooleanField(required=False, initial=True, label="Keep the time of each record")
    origin = forms.BooleanField(
        required=False,
        label="Add headers that say where each record came from",
        help_text="highwater.origin.topic, .partition, .offset, .timestamp; all others stay as they are.",
    )
    uncommitted = forms.BooleanField(required=False, label="Also records of open and aborted transactions")

    def __init__(self, data: Any, user: Any, source: Cluster) -> None:
        super().__init__(data)
        others = [c for c in Cluster.objects.exclude(pk=source.pk) if allow(user, "records.produce", c)]
        self.clusters = {c.slug: c for c in others}
        self.fields["to_cluster"].choices = [("", source.name), *((c.slug, c.name) for c in others)]  # type: ignore[attr-defined]

    def target(self) -> Cluster | None:
        """The cluster that is written to; None: the one of the page."""
        return self.clusters.get(self.cleaned_data.get("to_cluster", "")) if self.is_valid() else None

    def params(self, source: str, cluster: Cluster) -> dict[str, Any]:
        asked = self.cleaned_data
        kept = {name: asked[name] for name in ("keep_partition", "keep_timestamp", "origin")}
        return (
            {
                "topic": asked["to"],
                "source": source,
                "source_cluster": cluster.slug if asked["to_cluster"] else "",
                "committed": not asked["uncommitted"],
            }
            | kept
            | self.range()
        )
