"""Elasticsearch 8 and 9, OpenSearch 2 and 3, by plain HTTP: what all of them understand, and no client library.

The index is chosen by the line's own day, so a line that is written again meets its first copy. With an alias or a data
stream it would not: they look into their newest backing index only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import urllib3

from streams.stored import Busy, Doc, Rejected

#: Of an index, with its day: `logs-` is what agents of others begin with. `pipelines/logs/http.py` looks there.
PREFIX = "highwater-logs"
TIMEOUT = urllib3.Timeout(connect=3, read=30)
BULK_BYTES = 5 * 1024 * 1024

#: What is wrong with one document, with status 400: all else is wrong with the server, or with what we may do there.
OF_DOCUMENT = frozenset(
    {
        "mapper_parsing_exception",  # OpenSearch, Elasticsearch before 8.8
        "document_parsing_exception",  # Elasticsearch
        "strict_dynamic_mapping_exception",
        "x_content_parse_exception",
        "parsing_exception",
        "json_parse_exception",
    }
)
IMMENSE = "immense term"  # in the reason of an illegal_argument_exception: a keyword of more than 32,766 bytes

#: Fields of strangers are kept and not indexed: a number here and a text there would be refused.
TEMPLATE = {
    "settings": {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "1s"},
    "mappings": {
        "dynamic": False,
        "properties": {
            "@timestamp": {"type": "date"},
            "service": {"type": "keyword"},
            "owner": {"type": "keyword"},
            "level": {"type": "keyword"},
            "severity": {"type": "integer"},
            "message": {"type": "text"},
            "trace_id": {"type": "keyword"},
            "clock_corrected": {"type": "boolean"},
            "fields": {"type": "object", "enabled": False},
        },
    },
}


class HttpStore:
    def __init__(self, url: str, prefix: str = PREFIX, authorization: str = "") -> None:
        """`authorization`: the header's whole value, "" for none."""
        self.url, self.prefix = url.rstrip("/"), prefix
        headers = {"authorization": authorization} if authorization else {}
        self.pool = urllib3.PoolManager(maxsize=2, timeout=TIMEOUT, retries=False, headers=headers)

    def prepare(self) -> None:
        template = {"index_patterns": [f"{self.prefix}-*"], "priority": 201, "template": TEMPLATE}
        status, answer = self._ask("PUT", f"/_index_template/{self.prefix}", template)
        if status >= 300:
            raise Busy(f"the index template was refused: {_said(status, answer)}")

    def write(self, docs: Sequence[Doc]) -> list[Rejected]:
        rejected: list[Rejected] = []
        for batch in _batches([(number, self._lines(doc)) for number, doc in enumerate(docs)]):
            rejected += self._bulk(batch)
        return rejected

    def forget(self, before: str) -> None:
        status, answer = self._ask("GET", f"/_cat/indices/{self.prefix}-*?format=json&h=index")
        if status >= 300:
            raise Busy(_said(status, answer))
        ours = re.compile(rf"{re.escape(self.prefix)}-(\d{{4}}\.\d\d\.\d\d)")
        for index in sorted(str(found["index"]) for found in answer):
            named = ours.fullmatch(index)
            if named and named[1].replace(".", "-") < before:
                status, answer = self._ask("DELETE", f"/{index}")
                if status >= 300 and status != 404:  # 404: another process was faster
                    raise Busy(f"{index} was not deleted: {_said(status, answer)}")

    def _lines(self, doc: Doc) -> bytes:
        index = f"{self.prefix}-{doc.day.replace('-', '.')}"
        action = {"index": {"_index": index, "_id": doc.id}}
        return json.dumps(action).encode() + b"\n" + json.dumps(doc.body).encode() + b"\n"

    def _bulk(self, batch: list[tuple[int, bytes]]) -> list[Rejected]:
        path = "/_bulk?filter_path=errors,items.*.status,items.*.error"
        status, answer = self._ask("POST", path, b"".join(lines for _, lines in batch))
        if status >= 300:
            raise Busy(_said(status, answer))
        if not answer.get("errors"):
            return []
        items = [next(iter(item.values())) for item in answer["items"]]
        later = next((item for item in items if item["status"] >= 400 and not of_document(item)), None)
        if later is not None:
            raise Busy(_said(later["status"], later))
        pairs = zip(batch, items, strict=True)
        return [
            Rejected(number, _code(item), _said(item["status"], item))
            for (number, _), item in pairs
            if item["status"] >= 400
        ]

    def _ask(self, method: str, path: str, body: dict[str, Any] | bytes | None = None) -> tuple[int, Any]:
        """(status, what was answered). Raises Busy when nobody answers."""
        kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json"
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        try:
            answer = self.pool.request(
                method, self.url + path, body=data, headers={**self.pool.headers, "content-type": kind}
            )
            return answer.status, json.loads(answer.data or b"{}")
        except urllib3.exceptions.HTTPError as error:
            raise Busy(f"{self.url} does not answer: {type(error).__name__}") from error
        except ValueError as error:
            raise Busy(f"{self.url} answered something that is not JSON") from error


def _batches(lines: list[tuple[int, bytes]]) -> list[list[tuple[int, bytes]]]:
    """At most BULK_BYTES each, but for one document that is larger by itself."""
    batches: list[list[tuple[int, bytes]]] = [[]]
    size = 0
    for number, data in lines:
        if size and size + len(data) > BULK_BYTES:
            batches.append([])
            size = 0
        batches[-1].append((number, data))
        size += len(data)
    return [batch for batch in batches if batch]


def of_document(item: dict[str, Any]) -> bool:
    """Whether it is this document that will never be taken. A full disk, a right that is missing, a closed index or
    too many shards refuse everything until somebody sees to it: nothing is lost. Pure. `item`: of a bulk's answer.
    """
    error = item.get("error")
    if item["status"] != 400 or not isinstance(error, dict):
        return False
    immense = error.get("type") == "illegal_argument_exception" and IMMENSE in str(error.get("reason"))
    return immense or error.get("type") in OF_DOCUMENT


def _code(item: dict[str, Any]) -> str:
    """The server's own word for such an error: mapper_parsing_exception."""
    return str(item["error"]["type"])


def _said(status: int, answer: Any) -> str:
    """The server's own words."""
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    if isinstance(error, dict):
        cause = error.get("caused_by") or {}
        parts = [error.get("type"), error.get("reason"), cause.get("reason")]
        error = ": ".join(str(part) for part in parts if part) or json.dumps(error)
    return f"{status} {str(error)[:500]}"
