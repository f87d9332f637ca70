"""The places of a cluster, in the order of the rail: label, URL name, the right one needs to go there."""

from __future__ import annotations

PLACES = (
    ("Overview", "clusters:overview", "cluster.view"),
    ("Topics", "topics:list", "topic.view"),
    ("Groups", "groups:list", "group.view"),
    ("Flow", "pipelines:flow", "topic.view"),
    ("Messages", "messages:page", "records.read"),
    ("Searches", "searches:list", "records.read"),
    ("Logs", "pipelines:logs", "records.read"),
    ("Shop", "pipelines:shop", "records.read"),
    ("Lab", "lab:index", "cluster.view"),
    ("Brokers", "clusters:brokers", "broker.view"),
    ("Changes", "changes:list", "change.view"),
)

#: The page of one topic or group.
PAGE = {"topic": "records:messages", "group": "groups:group"}
