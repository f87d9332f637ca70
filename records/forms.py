"""The forms with which records are written. What Kafka thinks of them is in the plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class ProduceForm(forms.Form):
    partition = forms.IntegerField(
        required=False, min_value=0, help_text="Empty: chosen by the key, as the Java client does it."
    )
    key = forms.CharField(required=False, strip=False, help_text="Empty: the record has no key.")
    value = forms.CharField(required=False, strip=False, widget=forms.Textarea(attrs={"spellcheck": "false"}))
    tombstone = forms.BooleanField(required=False, label="A tombstone: no value at all")
    base64 = forms.BooleanField(required=False, label="Key and value are base64")
    headers = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        help_text="One on a line, as name: value.",
    )

    def clean_headers(self) -> list[tuple[str, str]]:
        found = []
        for line in self.cleaned_data["headers"].splitlines():
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise ValidationError(f"“{line[:40]}” is not name: value.")
            found.append((name.strip(), value.strip()))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("tombstone") and cleaned.get("value"):
            raise ValidationError({"value": "A tombstone has no value: empty one of the two."})
        return cleaned

    def params(self, topic: str) -> dict[str, Any]:
        asked = self.cleaned_data
        encoding = "base64" if asked["base64"] else "text"
        return {
            "topic": topic,
            "partition": asked["partition"],
            "key": asked["key"] or None,
            # A browser sends line breaks as CR LF; what was typed had LF.
            "value": None if asked["tombstone"] else asked["value"].replace("\r\n", "\n"),
            "headers": asked["headers"],
            "key_encoding": encoding,
            "value_encoding": encoding,
        }
