from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"

    def ready(self) -> None:
        # The application that every `shared_task` belongs to: without it web would ring a queue that is not there.
        import console.celery  # noqa: F401
