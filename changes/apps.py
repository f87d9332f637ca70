from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "changes"

    def ready(self) -> None:
        from celery.signals import worker_shutting_down

        from changes import armed, progress
        from clusters.signals import polled

        worker_shutting_down.connect(lambda **_: progress.leaving.set(), weak=False)
        polled.connect(lambda sender, cluster, snapshot, **_: armed.after_poll(cluster, snapshot), weak=False)
