"""Elasticsearch or OpenSearch as a log store: one `_search`, in words that every major of both understands."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import Any

from pipelines.logs.asked import PAGE, LogQuery, Words
from pipelines.logs.found import Found, Hit, StoreFailed, bars, place

PREFIX = "highwater-logs"  # of the indices, as `streams/store_http.py` names them
PATIENCE = 5  # seconds for an answer
COUNTED = 200_000  # hits that are counted exactly
LARGEST = 20 * 1024 * 1024  # bytes of an answer
FACETS = 20  # services and levels that are counted
_OURS = re.compile(r".+-\d+-\d+")  # an id that the sink gave: topic-partition-offset
_FIELD = {"service": "service", "level": "level", "trace": "trace_id"}


class HttpLogs:
    def __init__(self, url: str, prefix: str = PREFIX, authorization: str = "") -> None:
        self.url, self.prefix, self.authorization = url.rstrip("/"), prefix, authorization

    def search(self, query: LogQuery) -> Found:
        answer = self._ask(f"/{self.prefix}-*/_search?ignore_unavailable=true", asked(query))
        if answer.get("_shards", {}).get("failed"):
            failures = answer["_shards"].get("failures") or [{}]
            raise StoreFailed(f"The search server could not look everywhere: {_words(failures[0].get('reason'))}.")
        found = answer["hits"]
        more = len(found["hits"]) > PAGE
        hits = found["hits"][:PAGE]
        sums = answer.get("aggregations") or {}
        counts = {
            bucket["key"] // query.step: (bucket["doc_count"], bucket["errors"]["doc_count"])
            for bucket in sums.get("time", {}).get("buckets", ())
        }
        return Found(
            total=found["total"]["value"],
            exact=found["total"]["relation"] == "eq",
            hits=[_hit(hit) for hit in hits if _OURS.fullmatch(hit["_id"])],
            next=json.dumps(hits[-1]["sort"]) if more else "",
            bars=bars(query, counts),
            services=_facet(sums, "services"),
            levels=_facet(sums, "levels"),
            corrected=sums.get("corrected", {}).get("doc_count", 0),
        )

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"content-type": "application/json"}
        if self.authorization:
            headers["authorization"] = self.authorization
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)  # noqa: S310 - from the settings
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return json.loads(answer.read(LARGEST))
        except urllib.error.HTTPError as error:
            raise StoreFailed(f"The search server refused: {error.code} {_words(_body(error))}.") from error
        except OSError as error:
            reason = getattr(error, "reason", None) or error
            raise StoreFailed(f"The search server does not answer: {reason}.") from error
        except ValueError as error:
            raise StoreFailed("The search server answered something that is not JSON.") from error


def asked(query: LogQuery) -> dict[str, Any]:
    """The body of the search. Pure."""
    within = {"range": {"@timestamp": {"gte": query.since, "lt": query.until, "format": "epoch_millis"}}}
    must: list[dict[str, Any]] = [within]
    absent: list[dict[str, Any]] = []
    for name, values, is_absent in query.fields:
        (absent if is_absent else must).append({"terms": {_FIELD[name]: list(values)}})
    for words in query.words:
        (absent if words.absent else must).append(_message(words))
    body: dict[str, Any] = {
        "size": PAGE + 1,
        "track_total_hits": COUNTED,
        "timeout": f"{PATIENCE}s",
        "query": {"bool": {"filter": must, "must_not": absent}},
        "sort": [{"@timestamp": {"order": "desc"}}, {"_doc": {"order": "desc"}}],
        "aggs": {
            "time": {
                "histogram": {"field": "@timestamp", "interval": query.step, "min_doc_count": 1},
                "aggs": {"errors": {"filter": {"terms": {"level": ["ERROR", "FATAL"]}}}},
            },
            "services": {"terms": {"field": "service", "size": FACETS}},
            "levels": {"terms": {"field": "level", "size": FACETS}},
            "corrected": {"filter": {"term": {"clock_corrected": True}}},
        },
    }
    if query.before:
        body["search_after"] = _after(query.before)
    return body


def _message(words: Words) -> dict[str, Any]:
    return {"match_phrase": {"message": words.text}}  # also a single word may be several to the analyser: card-declined


def _after(before: str) -> list[Any]:
    try:
        found = json.loads(before)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(part, int) for part in found):
        raise StoreFailed("There is no such page.")
    return found


def _hit(hit: dict[str, Any]) -> Hit:
    source, ts = hit["_source"], hit["sort"][0]
    topic, partition, offset = place(hit["_id"])
    service, level, message, trace = (str(source.get(n) or "") for n in ("service", "level", "message", "trace_id"))
    return Hit(topic, partition, offset, ts, service, level, message, trace, source.get("fields") or {})


def _facet(sums: dict[str, Any], name: str) -> list[tuple[str, int]]:
    return [(bucket["key"], bucket["doc_count"]) for bucket in sums.get(name, {}).get("buckets", ())]


def _body(error: urllib.error.HTTPError) -> Any:
    try:
        return json.loads(error.read(LARGEST)).get("error")
    except (ValueError, OSError, AttributeError):
        return None


def _words(error: Any) -> str:
    """The server's own."""
    if isinstance(error, dict):
        return ": ".join(str(part) for part in (error.get("type"), error.get("reason")) if part)[:300]
    return str(error or "and said nothing more")[:300]
