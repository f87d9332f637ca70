"""The form of a new group: its name, where it shall stand, on which topics."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from groups.way_form import WAYS, WayForm

#: It stands nowhere yet: there is nothing to shift, to keep or to have saved.
WAYS_OF_A_NEW_ONE = tuple(way for way in WAYS if way[0] not in ("shift", "current", "bookmark"))


class CreateForm(WayForm):
    name = forms.CharField(
        label="Name",
        max_length=255,
        strip=False,
        help_text="As group.id of its consumers.",
        error_messages={"required": "Give the group a name."},
    )
    topics = forms.CharField(
        required=False,
        label="Topics",
        widget=forms.Textarea(attrs={"spellcheck": "false", "rows": 4}),
        help_text="One on a line; all partitions, or some of them as orders:0,1,2. With another group or a file, "
        "nothing here means all that it has.",
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
        cleaned = super().clean()
        if cleaned.get("to") not in ("group", "file") and not self.errors and not cleaned.get("topics"):
            self.add_error("topics", "Name at least one topic.")
        return cleaned

    def params(self) -> dict[str, Any]:
        """What `groups.create_group` is asked for."""
        asked = {"group": self.cleaned_data["name"], **self.where()}
        return asked | ({"partitions": self.cleaned_data["topics"]} if self.cleaned_data["topics"] else {})
