"""Words of our own begin with a plus, which no tilde-encoded name can: a group called `of-topic` keeps its page."""

from __future__ import annotations

from django.urls import path

from groups import (
    bookmark_views,
    change_views,
    here,
    member_views,
    past_views,
    reset,
    reset_records,
    skip,
    timeline,
    views,
)

app_name = "groups"
urlpatterns = [
    path("", views.list_groups, name="list"),
    path("+create/", change_views.create, name="create"),
    path("+delete/", change_views.delete_many, name="delete_many"),
    path("+of-topic/<name:topic>/", views.of_topic, name="of_topic"),
    path("+here/<name:topic>/<int:partition>/<int:offset>/", here.here, name="here"),
    path("<name:group>/", views.now, name="group"),
    path("<name:group>/members/", member_views.members, name="members"),
    path("<name:group>/members/+what-if/", member_views.what_if_page, name="what_if"),
    path("<name:group>/members/<name:member>/remove/", member_views.remove, name="remove_member"),
    path("<name:group>/timeline/", timeline.timeline, name="timeline"),
    path("<name:group>/timeline/reconciling/", past_views.now, name="reconciling"),
    path("<name:group>/reset/", reset.reset, name="reset"),
    path("<name:group>/reset/<uuid:pk>/first-records/", reset_records.first_records, name="first_records"),
    path("<name:group>/reset/<uuid:pk>/offsets.csv", reset_records.offsets_csv, name="reset_csv"),
    path("<name:group>/skip/<name:topic>/<int:partition>/<int:offset>/", skip.skip, name="skip"),
    path("<name:group>/bookmarks/", bookmark_views.bookmarks, name="bookmarks"),
    path("<name:group>/bookmarks/save/", bookmark_views.save, name="bookmark_save"),
    path("<name:group>/bookmarks/<int:pk>/", bookmark_views.bookmark, name="bookmark"),
    path("<name:group>/bookmarks/<int:pk>/offsets.csv", bookmark_views.offsets_csv, name="bookmark_csv"),
    path("<name:group>/bookmarks/<int:pk>/restore/", bookmark_views.restore, name="bookmark_restore"),
    path("<name:group>/bookmarks/<int:pk>/delete/", bookmark_views.delete, name="bookmark_delete"),
    path("<name:group>/delete-offsets/", change_views.delete_offsets, name="delete_offsets"),
    path("<name:group>/delete/", reset.delete, name="delete"),
]
