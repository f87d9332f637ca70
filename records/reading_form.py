"""How the records of one topic are to be read: a format for keys, one for values, and schemas where they need one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gateway.reading import GivenSchema, TopicReading
from reader.decode.decoded import Undecodable
from reader.decode.formats import BY_SCHEMA, GUESS, INTERNAL
from reader.decode.scalars import NUMBERS

LABELS = {
    "": "as each record lets itself be guessed",
    "text": "text",
    "json": "JSON",
    "registry": "by the registry's schema, always",
    "avro": "Avro, by a schema given here",
    "protobuf": "Protobuf, by a schema given here",
    "jsonschema": "JSON Schema, given here",
    "msgpack": "MessagePack",
    "cbor": "CBOR",
    "uuid": "UUID",
    **{name: f"{name}, big endian" for name in NUMBERS},
    "hex": "hex",
    "base64": "base64",
    "consumer_offsets": "Kafka's __consumer_offsets",
    "transaction_state": "Kafka's __transaction_state",
}
CHOICES = [(name, label) for name, label in LABELS.items() if name not in INTERNAL]
#: Of one view: what needs no schema to be given. Name -> label.
OF_A_VIEW = [(name or GUESS, label) for name, label in CHOICES if name not in BY_SCHEMA]
LARGEST = 512 * 1024  # characters of a schema


class ReadingForm(forms.Form):
    key = forms.ChoiceField(choices=CHOICES, required=False, label="Keys are read")
    value = forms.ChoiceField(choices=CHOICES, required=False, label="Values are read")

    def __init__(self, *args: Any, may_give: bool, **kwargs: Any) -> None:
        """`may_give`: a schema of one's own gives fields other names, and a mask might look for the old ones."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.may_give = may_give
        for side in ("key", "value"):
            self.fields[f"{side}_schema"] = forms.CharField(
                label=f"Schema of the {side}",
                required=False,
                strip=False,
                max_length=LARGEST,
                widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"}),
                help_text="The text of a .avsc, .proto or JSON Schema file. Protobuf may also be a descriptor set in "
                "base64, which brings its imports along. Used by the formats that say “given here”.",
            )
            self.fields[f"{side}_message"] = forms.CharField(
                label=f"Message of the {side}", required=False, help_text="Of Protobuf: its name. Empty: the first."
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for side in ("key", "value"):
            text, format = data.get(f"{side}_schema", ""), data.get(side, "")
            if format not in BY_SCHEMA:
                continue
            if not self.may_give:
                self.add_error(side, "Parts of this topic are hidden: only administrators may give it a schema.")
            elif not text.strip():
                self.add_error(f"{side}_schema", "Paste the schema.")
            else:
                self._tried(side, format, text, data.get(f"{side}_message", ""))
        return data

    def _tried(self, side: str, format: str, text: str, message: str) -> None:
        try:
            check(format, text, message)
        except Undecodable as no:
            self.add_error(f"{side}_schema", ValidationError(str(no)))

    def reading(self, topic: str) -> TopicReading:
        return TopicReading(
            topic, self.cleaned_data["key"], self.cleaned_data["value"], self._schema("key"), self._schema("value")
        )

    def _schema(self, side: str) -> GivenSchema | None:
        data = self.cleaned_data
        if data[side] not in BY_SCHEMA:
            return None
        return GivenSchema(data[side], data[f"{side}_schema"], data[f"{side}_message"].strip())


def check(format: str, text: str, message: str) -> None:
    """Raises Undecodable: this is no such schema."""
    if format == "avro":
        from reader.decode.avro import parsed

        parsed(text)
    elif format == "protobuf":
        from reader.decode.protobuf import Schema

        Schema(text).by_name(message.strip())
    else:
        from reader.decode.json_schema import validator

        validator(text)


def initial(reading: TopicReading) -> dict[str, str]:
    found = {"key": reading.key, "value": reading.value}
    for side, schema in (("key", reading.key_schema), ("value", reading.value_schema)):
        if schema is not None:
            found |= {f"{side}_schema": schema.text, f"{side}_message": schema.message}
    return found
