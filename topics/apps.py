from django.apps import AppConfig


class TopicsConfig(AppConfig):
    name = "topics"

    def ready(self) -> None:
        from changes.registry import register
        from topics.changes.alter_config import AlterConfig
        from topics.changes.create import CreateTopic
        from topics.changes.delete import DeleteTopic

        for kind in (CreateTopic, DeleteTopic, AlterConfig):
            register(kind)
