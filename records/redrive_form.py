"""Which dead letters are to go back."""

from __future__ import annotations

from typing import Any

from django import forms

from records.range_form import MONO, RangeForm


class RedriveForm(RangeForm):
    header = forms.CharField(
        required=False,
        label="Header that names the topic",
        widget=forms.TextInput(MONO),
        help_text="Empty: highwater.origin.topic, __connect.errors.topic, kafka_dlt-original-topic.",
    )
    attempts = forms.IntegerField(
        min_value=1,
        max_value=1000,
        initial=3,
        label="Times a record is sent back, at most",
        help_text="Counted in a header, so that nothing goes round for ever.",
    )
    strip = forms.BooleanField(
        required=False,
        initial=True,
        label="Leave the headers about the failure behind",
        help_text="They stay with the dead letter, which is not deleted.",
    )
    keep_timestamp = forms.BooleanField(required=False, label="Keep the time of each record")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rate"].initial = 100

    def params(self, topic: str) -> dict[str, Any]:
        asked = self.cleaned_data
        names = ("header", "attempts", "strip", "keep_timestamp")
        return {"topic": topic} | {name: asked[name] for name in names} | self.range()
