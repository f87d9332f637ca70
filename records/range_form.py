"""The part that forms share which take a stretch of a topic: from where, to where, which of the records, how fast."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from groups.reset_time import Twice, moment

FIRST = (("oldest", "the oldest record"), ("offset", "an offset"), ("time", "a time"))
LAST = (("newest", "the newest record there is now"), ("offset", "an offset, with it"), ("time", "a time, before it"))
MONO = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


class RangeForm(forms.Form):
    first = forms.ChoiceField(label="From", choices=FIRST, initial="oldest")
    first_at = forms.CharField(
        required=False,
        label="Offset or time",
        widget=forms.TextInput(MONO),
        help_text="Like 12000, or 2026-11-03 14:30:00 in your zone.",
    )
    last = forms.ChoiceField(label="To", choices=LAST, initial="newest")
    last_at = forms.CharField(required=False, label="Offset or time", widget=forms.TextInput(MONO))
    partitions = forms.RegexField(
        r"^\s*([0-9]+\s*(,\s*[0-9]+\s*)*)?$",
        required=False,
        widget=forms.TextInput(MONO),
        help_text="With commas between. Empty: all.",
        error_messages={"invalid": "Partitions are numbers with commas between: 0,3."},
    )
    filter = forms.CharField(
        required=False, strip=False, label="Text in key, value or headers", widget=forms.TextInput(MONO)
    )
    case = forms.BooleanField(required=False, label="Tell capitals from small letters")
    expression = forms.CharField(
        required=False,
        label="Expression that must hold",
        widget=forms.TextInput(MONO),
        help_text='Like value.event == "paid".',
    )
    rate = forms.IntegerField(
        min_value=0,
        initial=1000,
        label="Records a second, at most",
        help_text="0: as fast as Kafka takes them. Above 2,000 takes an administrator of the cluster.",
    )
    zone = forms.CharField(required=False, widget=forms.HiddenInput({"data-zone": ""}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for edge in ("first", "last"):
            kind = cleaned.get(edge)
            if kind in ("offset", "time"):
                try:
                    cleaned[edge] = self._place(kind, cleaned.get(f"{edge}_at", ""), cleaned.get("zone", ""))
                except ValidationError as error:
                    self.add_error(f"{edge}_at", error)
        return cleaned

    def range(self) -> dict[str, Any]:
        """The params that all of these changes have."""
        asked = self.cleaned_data
        names = ("first", "last", "filter", "case", "expression", "rate")
        numbers = [int(part) for part in asked["partitions"].split(",") if part.strip()]
        return {"partitions": numbers} | {name: asked[name] for name in names}

    @staticmethod
    def _place(kind: str, text: str, zone: str) -> str:
        """Raises ValidationError."""
        if kind == "offset":
            if not (text.isascii() and text.isdigit() and len(text) <= 18):
                raise ValidationError("An offset is a number from 0 up.")
            return f"offset:{text}"
        try:
            return f"time:{moment(text, zone)}"
        except Twice as twice:
            raise ValidationError(f"{twice} Add Z and write it in UTC.") from None
        except ValueError as error:
            raise ValidationError(str(error)) from None
