"""The form of a reset: where to, and which partitions."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.core.exceptions import ValidationError

WAYS = (
    ("earliest", "Earliest", "the oldest record there is"),
    ("latest", "Latest", "only what comes from now on"),
    ("time", "A time", "the first record at or after it"),
    ("offset", "An offset", "the same number on each partition"),
    ("shift", "A shift", "so many records on (or, with a minus, back) from where it is"),
)


class ResetForm(forms.Form):
    to = forms.ChoiceField(
        choices=[(way, label) for way, label, _ in WAYS],
        error_messages={"required": "Choose where the group should go."},
    )
    time = forms.CharField(required=False)
    offset = forms.CharField(required=False)
    shift = forms.CharField(required=False)
    zone = forms.CharField(required=False)
    topic = forms.CharField(required=False, label="All partitions of another topic")

    ambiguous = ""  # a sentence when the time happens twice on that day

    def clean(self) -> dict[str, Any]:
        """Adds `value`. A time is local to `zone` unless it is ms since 1970 or names a zone of its own."""
        cleaned: dict[str, Any] = super().clean() or {}
        to = cleaned.get("to", "")
        if to in ("time", "offset", "shift"):
            text = cleaned.get(to, "").strip()
            if not text:
                raise ValidationError(
                    {
                        to: "Say which time."
                        if to == "time"
                        else "Say how many."
                        if to == "shift"
                        else "Say which offset."
                    }
                )
            cleaned["value"] = self._moment(text, cleaned.get("zone", "")) if to == "time" else self._number(to, text)
        return cleaned

    def params(self, group: str, ticked: list[str]) -> dict[str, Any]:
        """What `groups.reset_offsets` is asked for. `ticked`: "topic:partition" of each box."""
        partitions: dict[str, Any] = defaultdict(list)
        for box in ticked:
            topic, _, number = box.rpartition(":")
            if number.isdecimal():
                partitions[topic].append(int(number))
        if other := self.cleaned_data["topic"].strip():
            partitions[other] = "all"
        found = {"group": group, "to": self.cleaned_data["to"], "partitions": dict(partitions)}
        if "value" in self.cleaned_data:
            found |= {"value": self.cleaned_data["value"], "zone": self.cleaned_data["zone"]}
        return found

    def _number(self, name: str, text: str) -> int:
        try:
            return int(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            raise ValidationError({name: f"“{text[:40]}” is not a whole number."}) from None

    def _moment(self, text: str, zone: str) -> int:
        if text.lstrip("-").isdecimal():
            return int(text)
        try:
            when = datetime.fromisoformat(text)
            where = ZoneInfo(zone or "UTC")
        except ValueError:
            raise ValidationError(
                {"time": f"“{text[:40]}” is not a time. Write it like 2026-11-23 21:00:00."}
            ) from None
        except (ZoneInfoNotFoundError, OSError):
            raise ValidationError(
                {"time": f"This server does not know the time zone {zone[:60]}. Add Z and write it in UTC."}
            ) from None
        if when.tzinfo is None:
            when = self._local(when, where)
        return round(when.timestamp() * 1000)

    def _local(self, when: datetime, where: ZoneInfo) -> datetime:
        local = when.replace(tzinfo=where)
        if local.astimezone(UTC).astimezone(where).replace(tzinfo=None) != when:
            said = f"{when:%H:%M} does not exist on that day in {where.key}: the clocks go forward over it."
            raise ValidationError({"time": said})
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            self.ambiguous = f"{when:%H:%M} happens twice on that day in {where.key}. The plan takes the first."
        return local
