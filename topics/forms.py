"""The forms with which changes to topics are asked for. What Kafka thinks of them is in the plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class CreateForm(forms.Form):
    topic = forms.CharField(
        max_length=249,
        label="Name",
        help_text="1 to 249 letters, digits, dots, underscores and dashes.",
        error_messages={"required": "Give the topic a name."},
    )
    partitions = forms.IntegerField(min_value=1, max_value=100_000, initial=3)
    replication = forms.IntegerField(min_value=1, max_value=32_767, initial=1, label="Replicas")
    config = forms.CharField(
        required=False,
        label="Settings",
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        help_text="One on a line, as retention.ms=86400000. What is not named keeps the broker's default.",
    )

    def clean_config(self) -> dict[str, str]:
        return settings_of(self.cleaned_data["config"])

    def params(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ConfigForm(forms.Form):
    set = forms.CharField(
        required=False,
        label="Set",
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        help_text="One on a line, as retention.ms=86400000.",
    )
    unset = forms.CharField(
        required=False,
        label="Return to the default",
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        help_text="One name on a line.",
    )

    def clean_set(self) -> dict[str, str]:
        return settings_of(self.cleaned_data["set"])

    def clean_unset(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["unset"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("set") and not cleaned.get("unset"):
            raise ValidationError("Name at least one setting.")
        return cleaned

    def params(self, topic: str) -> dict[str, Any]:
        return {"topic": topic, **self.cleaned_data}


def settings_of(text: str) -> dict[str, str]:
    """name=value lines. Raises ValidationError."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise ValidationError(f"“{line[:40]}” is not name=value.")
        if name.strip() in found:
            raise ValidationError(f"{name.strip()} is named twice.")
        found[name.strip()] = value.strip()
    return found
