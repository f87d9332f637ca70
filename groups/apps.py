from django.apps import AppConfig


class GroupsConfig(AppConfig):
    name = "groups"

    def ready(self) -> None:
        from changes.registry import register
        from groups.changes.create_group import CreateGroup
        from groups.changes.delete_group import DeleteGroup
        from groups.changes.delete_groups import DeleteGroups
        from groups.changes.delete_offsets import DeleteOffsets
        from groups.changes.remove_member import RemoveMember
        from groups.changes.reset_offsets import ResetOffsets
        from groups.changes.restore_groups import RestoreGroups
        from groups.changes.skip_record import SkipRecord
        from groups.changes.uncreate_group import UncreateGroup

        register(ResetOffsets)
        register(SkipRecord)
        register(DeleteGroup)
        register(RemoveMember)
        register(DeleteGroups)
        register(RestoreGroups)
        register(DeleteOffsets)
        register(CreateGroup)
        register(UncreateGroup)
