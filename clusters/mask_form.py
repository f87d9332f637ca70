"""One more thing that must not be seen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gateway.reading import MaskRule
from reader.decode.masks import Rules, Unusable
from reader.query import Mask

SIDES = (("value", "the value"), ("key", "the key"), ("headers", "the headers"), ("", "key, value and headers"))


class MaskForm(forms.Form):
    topics = forms.CharField(max_length=249, help_text="A name, or a pattern with * and ?.")
    side = forms.ChoiceField(choices=SIDES, required=False, label="In")
    path = forms.CharField(
        required=False,
        max_length=1000,
        help_text="customer.email, items.price, **.iban: * is one name, ** any number of them. Of headers it begins "
        "with the header's name.",
    )
    pattern = forms.CharField(
        required=False, max_length=1000, help_text="A regular expression (RE2) that is looked for in texts and numbers."
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("path") and not data.get("pattern"):
            raise ValidationError("Say what is hidden: a path, a pattern, or a pattern at a path.")
        try:
            Rules([Mask("", data.get("path", ""), data.get("pattern", ""))], "value")
        except Unusable as no:
            raise ValidationError(str(no)) from None
        return data

    def rule(self) -> MaskRule:
        data = self.cleaned_data
        return MaskRule(data["topics"], data["side"], data["path"], data["pattern"])
