from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from clusters.services import register_first


class Command(BaseCommand):
    help = "Registers HIGHWATER_KAFKA as the cluster `local` when no cluster is known yet."

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = register_first()
        if cluster is not None:
            self.stdout.write(f"registered {cluster.bootstrap} as {cluster.name}")
