"""Elasticsearch or OpenSearch as a log store: one `_search`, in words that every major of both understands."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any

from pipelines.logs.asked import PAGE, LogQuery, Words
from pipelines.logs.found import MESSAGE, Found, Hit, NoSuchPage, StoreFailed, bars, place

PREFIX = "highwater-logs"  # of the indices, as `streams/store_http.py` names them
PATIENCE = 5  # seconds for an answer
COUNTED = 200_000  # hits that are counted exactly
LARGEST = 20 * 1024 * 1024  # bytes of an answer
FEWER = (PAGE, 10, 1)  # lines that are asked for, until their answer is not too large
SHOWN = ["@timestamp", "service", "level", "message", "trace_id", "owner", "fields"]
FACETS = 20  # services and levels that are counted
_OURS = re.compile(r".+-\d+-\d+")  # an id that the sink gave: topic-partition-offset
_FIELD = {"service": "service", "level": "level", "trace": "trace_id"}


class _Stays(urllib.request.HTTPRedirectHandler):
    """Another address would be told the authorization."""

    def redirect_request(self, *_: Any) -> None:
        return None


_ASKING = urllib.request.build_opener(_Stays)


class TooLarge(StoreFailed):
    """The answer has more than LARGEST bytes."""


class HttpLogs:
    def __init__(self, url: str, prefix: str = PREFIX, authorization: str = "") -> None:
        self.url, self.prefix, self.authorization = url.rstrip("/"), prefix, authorization

    def search(self, query: LogQuery) -> Found:
        answer, page = self._fitting(query)
        if answer.get("_shards", {}).get("failed"):
            failures = answer["_shards"].get("failures") or [{}]
            raise StoreFailed(f"The search server could not look everywhere: {_words(failures[0].get('reason'))}.")
        found = answer["hits"]
        more = len(found["hits"]) > page
        hits = found["hits"][:page]
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

    def _fitting(self, query: LogQuery) -> tuple[Any, int]:
        """The answer, and how many lines were asked for: fewer where they are very large."""
        path = f"/{self.prefix}-*/_search?ignore_unavailable=true"
        for page in FEWER[:-1]:
            with suppress(TooLarge):
                return self._ask(path, asked(query, page)), page
        return self._ask(path, asked(query, FEWER[-1])), FEWER[-1]

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"content-type": "application/json"}
        if self.authorization:
            headers["authorization"] = self.authorization
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)  # noqa: S310 - from the settings
        try:
            with _ASKING.open(request, timeout=PATIENCE) as answer:
                data = answer.read(LARGEST + 1)
        except urllib.error.HTTPError as error:
            refused = f"The search server refused: {error.code} {_words(_body(error))}."
            if error.code in (401, 403):
                refused += " HIGHWATER_LOGS_AUTHORIZATION says who asks."
            raise StoreFailed(refused) from error
        except OSError as error:
            reason = getattr(error, "reason", None) or error
            raise StoreFailed(f"The search server does not answer: {reason}.") from error
        if len(data) > LARGEST:
            raise TooLarge(f"The search server answered more than {LARGEST:,} bytes.")
        try:
            return json.loads(data)
        except ValueError as error:
            raise StoreFailed("The search server answered something that is not JSON.") from error


def asked(query: LogQuery, page: int = PAGE) -> dict[str, Any]:
    """The body of the search for one page, and a line more. Pure."""
    within = {"range": {"@timestamp": {"gte": query.since, "lt": query.until, "format": "epoch_millis"}}}
    must: list[dict[str, Any]] = [within]
    absent: list[dict[str, Any]] = []
    for name, values, is_absent in query.fields:
        (absent if is_absent else must).append({"terms": {_FIELD[name]: list(values)}})
    for words in query.words:
        (absent if words.absent else must).append(_message(words))
    body: dict[str, Any] = {
        "size": page + 1,
        "_source": SHOWN,
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
    if not isinstance(found, list) or len(found) != 2 or any(type(p) is not int or abs(p) >= 2**63 for p in found):
        raise NoSuchPage
    return found


def _hit(hit: dict[str, Any]) -> Hit:
    source, ts = hit["_source"], hit["sort"][0]
    topic, partition, offset = place(hit["_id"])
    names = ("service", "level", "message", "trace_id", "owner")
    # As in the embedded store: JSON can say half a character, which no page can.
    texts = (str(source.get(name) or "").encode("utf-8", "replace").decode() for name in names)
    service, level, message, trace, owner = texts
    fields = source.get("fields")
    return Hit(
        topic,
        partition,
        offset,
        ts,
        service,
        level,
        message[:MESSAGE],
        trace,
        fields if isinstance(fields, dict) else {},
        owner,
    )


def _facet(sums: dict[str, Any], name: str) -> list[tuple[str, int]]:
    return [(bucket["key"], bucket["doc_count"]) for bucket in sums.get(name, {}).get("buckets", ())]


def _body(error: urllib.error.HTTPError) -> Any:
    """What it said of it: an object, or a text where it is no JSON."""
    try:
        text = error.read(LARGEST).decode(errors="replace")
    except OSError:
        return None
    try:
        return json.loads(text).get("error")
    except (ValueError, AttributeError):
        return " ".join(text.split())


def _words(error: Any) -> str:
    """The server's own."""
    if isinstance(error, dict):
        return ": ".join(str(part) for part in (error.get("type"), error.get("reason")) if part)[:300]
    return str(error or "and said nothing more")[:300]
