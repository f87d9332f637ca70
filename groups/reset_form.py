"""The form of a reset: where to, and which partitions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms

from groups.reset_boxes import split
from groups.way_form import WayForm


class ResetForm(WayForm):
    spread = forms.ChoiceField(required=False, choices=[("", ""), ("ticked", ""), ("all", "")])
    only = forms.BooleanField(required=False)  # sent from a plan: its rows that are still ticked, whatever the way
    topic = forms.CharField(required=False, label="All partitions of another topic")

    @property
    def everything(self) -> bool:
        """Whether what is given says which partitions, and not the boxes."""
        to, only = self.cleaned_data["to"], self.cleaned_data["only"]
        return not only and (to in ("file", "bookmark") or (to == "group" and self.cleaned_data["spread"] == "all"))

    def params(self, group: str, ticked: list[str]) -> dict[str, Any]:
        """What `groups.reset_offsets` is asked for. `ticked`: "topic:partition" of each box."""
        partitions: dict[str, Any] = defaultdict(list)
        for topic, number in filter(None, map(split, ticked)):
            partitions[topic].append(number)
        if other := self.cleaned_data["topic"].strip():
            partitions[other] = "all"
        return {"group": group, **self.where(), "partitions": "all" if self.everything else dict(partitions)}
