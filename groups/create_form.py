"""The form of a new group: its name, where it shall stand, on which topics."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

WAYS = (
    ("earliest", "At the oldest record of each partition"),
    ("latest", "At the end: only what comes from now on"),
    ("time", "At a time"),
    ("offset", "At an offset, the same on each partition"),
    ("group", "Where another group stands"),
)
NEEDS = {"time": "Say which time.", "offset": "Say which offset.", "group": "Say which group."}


class CreateForm(forms.Form):
    group = forms.CharField(
        label="Name",
        max_length=255,
        strip=False,
        help_text="As group.id of its consumers.",
        error_messages={"required": "Give the group a name."},
    )
    to = forms.ChoiceField(label="Where it starts", choices=WAYS)
    value = forms.CharField(
        required=False,
        label="Time, offset or group",
        help_text="A time as 2026-11-23T20:00:00 (UTC, or with its zone: +01:00), an offset, or that group's name.",
    )
    topics = forms.CharField(
        required=False,
        label="Topics",
        widget=forms.Textarea(attrs={"spellcheck": "false", "rows": 4}),
        help_text="One on a line; all partitions, or some of them as orders:0,1,2. Where another group stands: nothing "
        "here means all of its topics.",
    )

    def clean_topics(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["topics"].splitlines())):
            topic, _, numbers = line.partition(":")
            ids = [number.strip() for number in numbers.split(",")] if numbers else []
            if not all(number.isdecimal() and len(number) < 10 for number in ids):
                raise ValidationError(f"“{line[:60]}” is not a topic, or a topic and its partitions as orders:0,1,2.")
            found[topic.strip()] = [int(number) for number in ids] or "all"
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        to, value = cleaned.get("to", ""), (cleaned.get("value") or "").strip()
        if to in NEEDS and not value:
            self.add_error("value", NEEDS[to])
        if to != "group" and not self.errors and not cleaned.get("topics"):
            self.add_error("topics", "Name at least one topic.")
        return cleaned

    def params(self) -> dict[str, Any]:
        """What `groups.create_group` is asked for."""
        asked: dict[str, Any] = {"group": self.cleaned_data["group"], "to": self.cleaned_data["to"]}
        if asked["to"] in NEEDS:
            asked["value"] = self.cleaned_data["value"].strip()
        if self.cleaned_data["topics"]:
            asked["partitions"] = self.cleaned_data["topics"]
        return asked
