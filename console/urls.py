"""Every page of the console. Apps bring their own URLs; names in a path travel tilde-encoded."""

from __future__ import annotations

from django.urls import include, path, register_converter

from clusters.names import NameConverter
from console import help

register_converter(NameConverter, "name")

urlpatterns = [
    path("", include("access.urls")),
    path("", include("clusters.urls")),
    path("c/<slug:cluster>/topics/", include("topics.urls")),
    path("c/<slug:cluster>/topics/", include("records.urls")),
    path("c/<slug:cluster>/", include("pipelines.urls")),
    path("c/<slug:cluster>/lab/", include("lab.urls")),
    path("c/<slug:cluster>/searches/", include("records.searches.urls")),
    path("c/<slug:cluster>/messages/", include("records.tail_urls")),
    path("c/<slug:cluster>/groups/", include("groups.urls")),
    path("", include("changes.urls")),
    path("help/<slug:name>/", help.page, name="help"),
    path("", include("console.api.urls")),
]
