"""What is in a topic: beside the pages of `topics`, under the same address."""

from __future__ import annotations

from django.urls import path

from records import change_views, download, expressions, kept_columns, page_csv, pages, reading_page, schema_page
from records.searches import views as search_views

app_name = "records"
urlpatterns = [
    path("<name:topic>/", pages.messages, name="messages"),
    path("<name:topic>/records/", pages.records, name="page"),
    path("<name:topic>/records/csv/", page_csv.page_csv, name="csv"),
    path("<name:topic>/records/try/", expressions.attempt, name="try"),
    path("<name:topic>/records/fields/", expressions.fields, name="fields"),
    path("<name:topic>/records/columns/", kept_columns.keep, name="columns"),
    path("<name:topic>/records/<int:partition>/<int:offset>/", pages.record, name="record"),
    path("<name:topic>/records/<int:partition>/<int:offset>/download/", download.download, name="download"),
    path("<name:topic>/schema/", schema_page.schema, name="schema"),
    path("<name:topic>/reading/", reading_page.reading, name="reading"),
    path("<name:topic>/search/", search_views.ask, name="search"),
    path("<name:topic>/produce/", change_views.produce, name="produce"),
    path("<name:topic>/produce/file/", change_views.produce_file, name="produce_file"),
    path("<name:topic>/produce/templates/", change_views.save_template, name="save_template"),
    path("<name:topic>/produce/templates/<int:pk>/delete/", change_views.delete_template, name="delete_template"),
    path("<name:topic>/produce/subjects/", change_views.subjects, name="subjects"),
    path("<name:topic>/produce/preview/", change_views.preview, name="preview"),
    path("<name:topic>/copy/", change_views.copy, name="copy"),
    path("<name:topic>/redrive/", change_views.redrive, name="redrive"),
]
