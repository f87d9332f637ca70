from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_delete, post_save


class AccessConfig(AppConfig):
    name = "access"

    def ready(self) -> None:
        from access import policy

        def of_binding(instance: Any, **_: Any) -> None:
            policy.forget(instance.user_id)

        def of_user(instance: Any, **_: Any) -> None:
            policy.forget(instance.pk)

        for signal in (post_save, post_delete):
            signal.connect(of_binding, sender="access.Binding", weak=False)
            signal.connect(of_user, sender=settings.AUTH_USER_MODEL, weak=False)
