"""The part that forms share which ask where a group shall stand: the ways, and what each needs to be told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gateway import durations, reset_file
from groups.reset_time import Twice, moment

WAYS = (
    ("earliest", "Earliest", "the oldest record there is"),
    ("latest", "Latest", "only what comes from now on"),
    ("time", "A time", "the first record at or after it"),
    ("duration", "A while back", "the first record of the last hour, the last two days"),
    ("offset", "An offset", "the same number on each partition"),
    ("shift", "A shift", "so many records on (or, with a minus, back) from where it is"),
    ("current", "Where it is", "and the end where nothing is committed"),
    ("bookmark", "A bookmark", "each partition as it was then"),
    ("group", "Another group", "to what that one has committed"),
    ("file", "A file", "CSV as kafka-consumer-groups exports it"),
)
MISSING = {
    "time": "Say which time.",
    "duration": "Say how far back: 2h 30m, 90 min or PT2H30M.",
    "offset": "Say which offset.",
    "shift": "Say how many.",
    "group": "Say which group.",
    "file": "Choose a file, or paste its rows.",
    "bookmark": "Say which bookmark.",
}


class WayForm(forms.Form):
    to = forms.ChoiceField(
        choices=[(way, label) for way, label, _ in WAYS],
        error_messages={"required": "Choose where the group should go."},
    )
    time = forms.CharField(required=False)
    fold = forms.CharField(required=False)
    duration = forms.CharField(required=False)
    offset = forms.CharField(required=False)
    shift = forms.CharField(required=False)
    bookmark = forms.CharField(required=False)
    group = forms.CharField(required=False)
    file = forms.CharField(required=False, strip=False)
    upload = forms.FileField(required=False)
    zone = forms.CharField(required=False)

    folds: tuple[tuple[str, str], ...] = ()  # the two moments that the time may mean
    pasted = ""  # the text of the file that was uploaded: it is shown again, a browser keeps no file

    def clean(self) -> dict[str, Any]:
        """Adds `value`."""
        cleaned: dict[str, Any] = super().clean() or {}
        to = cleaned.get("to", "")
        if to not in MISSING:
            return cleaned
        text = (cleaned.get(to) or "").strip()
        if to == "file" and cleaned.get("upload"):
            text = self.pasted = _text(cleaned["upload"])
        if not text:
            raise ValidationError({to: MISSING[to]})
        try:
            cleaned["value"] = self._value(to, text)
        except Twice as twice:
            self.folds = twice.choices
            raise ValidationError({"time": str(twice)}) from None
        except ValueError as error:
            raise ValidationError({to: str(error)}) from None
        return cleaned

    def where(self) -> dict[str, Any]:
        """`to`, and as far as it needs them `value` and `zone`: params of a change."""
        found = {"to": self.cleaned_data["to"]}
        if "value" in self.cleaned_data:
            found["value"] = self.cleaned_data["value"]
        return found | ({"zone": self.cleaned_data["zone"]} if found["to"] in ("time", "duration") else {})

    def _value(self, to: str, text: str) -> int | str:
        """Raises ValueError with a sentence, Twice."""
        if to == "time":
            return moment(text, self.cleaned_data.get("zone", ""), self.cleaned_data.get("fold", ""))
        if to == "duration":
            durations.parse(text)
        if to not in ("offset", "shift"):
            return text
        try:
            return int(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            raise ValueError(f"“{text[:40]}” is not a whole number.") from None


def _text(upload: Any) -> str:
    """Raises ValidationError."""
    if upload.size > reset_file.LARGEST:
        raise ValidationError(
            {"file": f"{upload.name} is too large: at most {reset_file.LARGEST // 1000:,} kB are read."}
        )
    try:
        return str(upload.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValidationError({"file": f"{upload.name} is not text (UTF-8)."}) from None
