"""Which columns a person wants to see of a topic."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from access.guard import requires
from reader.errors import BadRequest
from records.reading import paths

LONGEST = 2000  # characters


class KeptColumns(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    cluster = models.ForeignKey("clusters.Cluster", on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=249)
    columns = models.CharField(max_length=LONGEST)  # paths with commas between

    class Meta:
        app_label = "records"
        constraints = [models.UniqueConstraint(fields=["user", "cluster", "topic"], name="records_columns_once")]

    def __str__(self) -> str:
        return f"{self.topic}: {self.columns}"


def kept(request: HttpRequest, topic: str) -> str:
    """ "" where none were chosen."""
    found = KeptColumns.objects.filter(user=request.user, cluster=request.cluster, topic=topic).first()  # type: ignore[attr-defined, misc]
    return found.columns if found else ""


@requires("records.read", name="topic")
@require_POST
def keep(request: HttpRequest, cluster: str, topic: str) -> JsonResponse:
    """{} or {code, sentence}"""
    text = request.POST.get("columns", "")
    try:
        if len(text) > LONGEST:
            raise BadRequest(f"Columns have at most {LONGEST:,} characters together.")
        columns = ",".join(paths(text))
    except BadRequest as error:
        return JsonResponse({"code": error.code, "sentence": str(error)}, status=400)
    ours = {"user": request.user, "cluster": request.cluster, "topic": topic}  # type: ignore[attr-defined]
    if columns:
        KeptColumns.objects.update_or_create(**ours, defaults={"columns": columns})
    else:
        KeptColumns.objects.filter(**ours).delete()
    return JsonResponse({})
