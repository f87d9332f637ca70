"""Pages of `docs/` that people need while they work, as pages of the console."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from access.guard import requires

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = {"expressions": "Expressions"}


@requires("signed_in")
def page(request: HttpRequest, name: str) -> HttpResponse:
    if name not in PAGES:
        raise Http404
    return render(request, "help/page.html", {"title": PAGES[name], "nodes": _nodes(name)})


@lru_cache
def _nodes(name: str) -> list[SyntaxTreeNode]:
    """The template draws them: so nothing reaches a page that Django has not escaped."""
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse((DOCS / f"{name}.md").read_text())
    return SyntaxTreeNode(tokens).children
