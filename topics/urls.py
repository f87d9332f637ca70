"""Words of our own begin with a plus, which no tilde-encoded name can: a topic called `new` keeps its page."""

from __future__ import annotations

from django.urls import path

from topics import change_views, pages

app_name = "topics"
urlpatterns = [
    path("", pages.list_topics, name="list"),
    path("+create/", change_views.create, name="create"),
    path("<name:topic>/partitions/", pages.partitions, name="partitions"),
    path("<name:topic>/groups/", pages.groups, name="groups"),
    path("<name:topic>/producers/", pages.producers, name="producers"),
    path("<name:topic>/config/", pages.config, name="config"),
    path("<name:topic>/config/now/", pages.config_now, name="config_now"),
    path("<name:topic>/config/change/", change_views.alter_config, name="alter_config"),
    path("<name:topic>/delete/", change_views.delete, name="delete"),
]
