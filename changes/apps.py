from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "changes"

    def ready(self) -> None:
        from changes import armed
        from clusters.signals import polled

        polled.connect(lambda sender, cluster, snapshot, **_: armed.after_poll(cluster, snapshot), weak=False)
