from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"

    def ready(self) -> None:
        from changes.registry import register
        from records.changes.produce import Produce

        register(Produce)
