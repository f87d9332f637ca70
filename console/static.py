"""Static files, named by hash and compressed; some scripts go out as one: each file of a first view is a round trip.

What is joined stays in files of its own, which import nothing and share no name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

JOINED = {"records.js": ("rows.js", "live.js", "reading.js")}


class Storage(CompressedManifestStaticFilesStorage):
    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        for name, parts in JOINED.items():
            whole = []
            for part in parts:
                with self.open(part) as file:
                    whole.append(file.read())
            self.delete(name)
            self.save(name, ContentFile(b"\n".join(whole)))
            paths[name] = (self, name)
        yield from super().post_process(paths, *args, **options)
