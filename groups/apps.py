from django.apps import AppConfig


class GroupsConfig(AppConfig):
    name = "groups"

    def ready(self) -> None:
        from changes.registry import register
        from groups.changes.delete_group import DeleteGroup
        from groups.changes.remove_member import RemoveMember
        from groups.changes.reset_offsets import ResetOffsets

        register(ResetOffsets)
        register(DeleteGroup)
        register(RemoveMember)
