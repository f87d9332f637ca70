from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"

    def ready(self) -> None:
        from changes.registry import register
        from records.changes.copy import Copy
        from records.changes.produce import Produce
        from records.changes.produce_file import ProduceFile
        from records.changes.produce_many import ProduceMany
        from records.changes.redrive import Redrive

        for kind in (Produce, ProduceMany, ProduceFile, Copy, Redrive):
            register(kind)
