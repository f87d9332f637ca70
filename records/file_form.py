"""A file whose records are written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from records.changes import file_lines
from records.changes.encodings import NAMES
from records.uploads import LARGEST, keep

KINDS = (("", "by its name"), ("ndjson", "NDJSON: an object on each line"), ("csv", "CSV"))
ENCODINGS = [(name, label) for name, label in NAMES.items() if name != "empty"]


class FileForm(forms.Form):
    file = forms.FileField(
        required=False, help_text=f"UTF-8, at most {LARGEST // 1024 // 1024} MB and {file_lines.MOST:,} records."
    )
    kind = forms.ChoiceField(label="It is", choices=KINDS, required=False)
    columns = forms.CharField(
        required=False,
        label="Columns of CSV",
        widget=forms.Textarea({"spellcheck": "false", "rows": 4}),
        help_text="One on a line, as column = key, value, headers.NAME, partition, timestamp or nothing. "
        "Left out: a column is what it is named.",
    )
    key_encoding = forms.ChoiceField(label="Keys that are text are", choices=ENCODINGS, initial="text", required=False)
    value_encoding = forms.ChoiceField(
        label="Values that are text are", choices=ENCODINGS, initial="text", required=False
    )
    rate = forms.IntegerField(
        min_value=0, initial=1000, label="Records a second, at most", help_text="0: as fast as Kafka takes them."
    )
    bad: file_lines.Read | None = None  # lines that can't be written

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST:
            raise ValidationError(f"The file has {file.size:,} bytes; at most {LARGEST:,} are taken.")
        return file

    def clean_columns(self) -> dict[str, str]:
        found = {}
        for number, line in enumerate(self.cleaned_data["columns"].splitlines(), 1):
            name, equals, what = line.rpartition("=")
            if not line.strip():
                continue
            if not equals or not name.strip():
                raise ValidationError(f"Line {number} is not column = what it is: “{line[:40]}”.")
            found[name.strip()] = what.strip()
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and "file" not in self.errors:
            self.add_error("file", "Choose a file.")
        return cleaned

    def read(self, user: Any, topic: str, partitions: int) -> None:
        """Looks at each line; `bad` are those that can't be written. Without any, the file is kept."""
        asked = self.cleaned_data
        content, name = asked["file"].read(), asked["file"].name
        asked["kind"] = asked["kind"] or file_lines.kind_of(name, content)
        how = file_lines.How(topic, asked["kind"], asked["columns"], *self._encodings())
        found = file_lines.read(content, how, partitions)
        self.bad = found if found.bad else None
        asked["upload"] = "" if found.bad else str(keep(user, name, content).pk)

    def params(self, topic: str) -> dict[str, Any]:
        asked = self.cleaned_data
        key, value = self._encodings()
        return {
            "topic": topic,
            "upload": asked["upload"],
            "kind": asked["kind"] or "ndjson",
            "columns": asked["columns"],
            "key_encoding": key,
            "value_encoding": value,
            "rate": asked["rate"],
        }

    def _encodings(self) -> tuple[Any, Any]:
        return self.cleaned_data["key_encoding"] or "text", self.cleaned_data["value_encoding"] or "text"
