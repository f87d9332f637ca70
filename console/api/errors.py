"""Every error of the API is {"error": one sentence, "code": a word for programs}."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from changes.errors import BadParams, ChangeError, KafkaProblem, NotAllowed, NotTyped, UnknownKind
from console.api.auth import NOBODY, unauthenticated
from gateway.errors import KafkaFault, TimedOut

log = logging.getLogger(__name__)

CODES = {400: "bad_request", 403: "forbidden", 404: "not_found", 413: "too_large"}
#: What is wrong with a change is a conflict with how things are, unless it is one of these.
STATUS: dict[type[ChangeError], int] = {
    UnknownKind: 422,
    BadParams: 422,
    NotTyped: 422,
    NotAllowed: 403,
    KafkaProblem: 502,
}


class ApiError(Exception):
    def __init__(self, status: int, code: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.code, self.more = status, code, more


def answer(status: int, code: str, sentence: str, **more: Any) -> HttpResponse:
    return JsonResponse({"error": sentence, "code": code, **more}, status=status)


def install(api: NinjaAPI) -> None:
    api.add_exception_handler(
        ApiError, lambda request, error: answer(error.status, error.code, str(error), **error.more)
    )
    api.add_exception_handler(AuthenticationError, _unauthenticated)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(Http404, _not_found)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(ChangeError, _change)
    api.add_exception_handler(KafkaFault, _kafka)
    api.add_exception_handler(Exception, _ours)


def _unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return unauthenticated(NOBODY if str(error) == "Unauthorized" else str(error))


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer(error.status_code, CODES.get(error.status_code, "error"), str(error))


def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer(404, "not_found", str(error) or "There is nothing here.")


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first problem, as a sentence: `limit: Input should be less than or equal to 500.`"""
    first = error.errors[0]
    where = ".".join(
        str(part) for part in first["loc"][1:] if part not in ("body", "proposal", "confirmation", "arming")
    )
    return answer(422, "invalid", f"{where or 'body'}: {first['msg']}.")


def _change(request: HttpRequest, error: ChangeError) -> HttpResponse:
    more = {"change": str(error.change.pk)} if error.change is not None else {}
    return answer(STATUS.get(type(error), 409), error.code, str(error), **more)


def _kafka(request: HttpRequest, fault: KafkaFault) -> HttpResponse:
    return answer(504 if isinstance(fault, TimedOut) else 502, fault.code, str(fault))


def _ours(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("%s %s", request.method, request.path)
    return answer(500, "internal", "Highwater failed here. Its log says more.")
