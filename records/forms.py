"""The form with which records are written. What Kafka thinks of them is in the plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from groups.reset_time import Twice, moment
from records.changes.bounds import MOST_RATE, MOST_RECORDS, RATE, RECORDS
from records.changes.encodings import NAMES
from records.headers import BadHeaders, parse

AREA = {"spellcheck": "false", "autocomplete": "off"}
MONO = AREA | {"class": "mono"}
SUBJECT = MONO | {"list": "subjects"}
LATEST, MESSAGE = "Empty: the latest.", "Of Protobuf. Empty: the first of the file."
SIDES = list(NAMES.items())
ENCODINGS = [(name, label) for name, label in SIDES if name != "schema"]
DIFFERENT = f"An operator writes at most {RECORDS:,} records at {RATE:,} a second; more takes an administrator."


class ProduceForm(forms.Form):
    key = forms.CharField(required=False, strip=False, widget=forms.TextInput(MONO), help_text="Empty: no key.")
    key_encoding = forms.ChoiceField(label="Key is", choices=ENCODINGS, initial="text", required=False)
    value = forms.CharField(required=False, strip=False, widget=forms.Textarea(AREA | {"rows": 8}))
    value_encoding = forms.ChoiceField(label="Value is", choices=ENCODINGS, initial="text", required=False)
    tombstone = forms.BooleanField(required=False, label="A tombstone: no value at all")
    headers = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(AREA | {"rows": 3}),
        help_text="One on a line, as name: value. A name alone has no value (null); a name may come twice.",
    )
    headers_encoding = forms.ChoiceField(label="Header values are", choices=ENCODINGS, initial="text", required=False)
    partition = forms.IntegerField(
        required=False, min_value=0, help_text="Empty: chosen by the key, as the Java client does it."
    )
    timestamp = forms.CharField(
        required=False,
        label="Time",
        widget=forms.TextInput(MONO),
        help_text="Like 2026-11-03 14:30:00 in your zone, or ms since 1970. Empty: when it is written.",
    )
    count = forms.IntegerField(
        label="How many", min_value=1, max_value=MOST_RECORDS, initial=1, help_text=DIFFERENT, required=False
    )
    rate = forms.IntegerField(
        label="Records a second",
        required=False,
        min_value=0,
        max_value=MOST_RATE,
        initial=100,
        help_text="0: as fast as Kafka takes them.",
    )
    fill = forms.BooleanField(required=False, label="Fill in placeholders, a new one for each record")
    key_subject = forms.CharField(required=False, widget=forms.TextInput(SUBJECT))
    key_version = forms.IntegerField(required=False, min_value=1, help_text=LATEST)
    key_message = forms.CharField(required=False, widget=forms.TextInput(MONO), help_text=MESSAGE)
    value_subject = forms.CharField(required=False, widget=forms.TextInput(SUBJECT))
    value_version = forms.IntegerField(required=False, min_value=1, help_text=LATEST)
    value_message = forms.CharField(required=False, widget=forms.TextInput(MONO), help_text=MESSAGE)
    zone = forms.CharField(required=False, widget=forms.HiddenInput({"data-zone": ""}))

    def __init__(self, *args: Any, registry: bool = False, **kwargs: Any) -> None:
        """`registry`: the cluster has one, so that a schema can be chosen."""
        super().__init__(*args, **kwargs)
        if registry:
            for side in ("key", "value"):
                self.fields[f"{side}_encoding"].choices = SIDES  # type: ignore[attr-defined]

    def clean_headers(self) -> list[tuple[str, str | None]]:
        try:
            return parse(self.cleaned_data["headers"])
        except BadHeaders as bad:
            raise ValidationError(str(bad)) from None

    def clean_timestamp(self) -> int | None:
        text = self.cleaned_data["timestamp"].strip()
        try:
            return moment(text, self.data.get("zone", "")) if text else None
        except Twice as twice:
            raise ValidationError(f"{twice} Add Z and write it in UTC.") from None
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("key_encoding", "value_encoding", "headers_encoding", "count", "rate"):
            if name in cleaned and cleaned[name] in ("", None):
                cleaned[name] = self.fields[name].initial
        for side in ("key", "value"):
            if cleaned.get(f"{side}_encoding") == "schema" and not cleaned.get(f"{side}_subject"):
                self.add_error(f"{side}_subject", "Say which subject.")
        if cleaned.get("tombstone") and cleaned.get("value"):
            raise ValidationError({"value": "A tombstone has no value: empty one of the two."})
        return cleaned

    def _schema(self, side: str) -> dict[str, Any] | None:
        asked = self.cleaned_data
        if asked[f"{side}_encoding"] != "schema":
            return None
        return {name: asked[f"{side}_{name}"] for name in ("subject", "version", "message")}

    @property
    def kind(self) -> str:
        """A single record that is meant as it stands is acknowledged by its offset; all else is counted."""
        many = self.is_valid() and (self.cleaned_data["count"] > 1 or self.cleaned_data["fill"])
        return "topics.produce_many" if many else "topics.produce"

    def params(self, topic: str) -> dict[str, Any]:
        asked = self.cleaned_data
        params = {name: asked[name] for name in ("headers", "partition", "timestamp")}
        params |= {name: asked[name] for name in ("key_encoding", "value_encoding", "headers_encoding")}
        params |= {
            "topic": topic,
            "key": None if asked["key"] == "" and asked["key_encoding"] != "empty" else asked["key"],
        }
        # A browser sends line breaks as CR LF; what was typed had LF.
        params["value"] = None if asked["tombstone"] else asked["value"].replace("\r\n", "\n")
        params |= {"key_schema": self._schema("key"), "value_schema": self._schema("value")}
        if self.kind == "topics.produce_many":
            params |= {name: asked[name] for name in ("count", "rate", "fill")}
        return params
