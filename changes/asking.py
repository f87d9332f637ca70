"""How a page asks for a change: a form that leads to the page of the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from changes import service
from changes.errors import ChangeError


def sent(request: HttpRequest) -> QueryDict | None:
    """What was posted, be it nothing; None when the form is only looked at."""
    return request.POST if request.method == "POST" else None


def asked(
    request: HttpRequest,
    form: forms.Form,
    template: str,
    kind: str,
    params: Callable[[], dict[str, Any]],
    context: dict[str, Any],
    cluster: Any = None,
) -> HttpResponse:
    """The form; or, when it was sent and can be planned, the page of the plan. What was typed is never lost.

    `cluster`: that is changed, where it is not the one of the page.
    """
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(service.propose(request.user, cluster or request.cluster, kind, params()))  # type: ignore[attr-defined]
        except ChangeError as refused:
            error = str(refused)
    _described(form)
    return render(
        request, template, {"form": form, "error": error, **context}, status=422 if error or form.errors else 200
    )


def _described(form: forms.Form) -> None:
    """Ties help and errors to their fields for a screen reader, under the ids of clusters/_field.html."""
    for name, field in form.fields.items():
        described = [f"help-{name}"] if field.help_text else []
        if name in form.errors:
            field.widget.attrs["aria-invalid"] = "true"
            described.append(f"error-{name}")
        if described:
            field.widget.attrs["aria-describedby"] = " ".join(described)
