"""Why a change was not accepted. Each is one sentence for a person and a code for the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from changes.models import Change


class ChangeError(Exception):
    """`change` is the row it is about, when there is one."""

    code = "refused"

    def __init__(self, sentence: str, change: Change | None = None) -> None:
        super().__init__(sentence)
        self.change = change


class UnknownKind(ChangeError):
    code = "unknown_kind"


class BadParams(ChangeError):
    """What was asked for makes no sense: a word in place of a number, a topic that is not there."""

    code = "bad_params"


class NotAllowed(ChangeError):
    code = "forbidden"


class NotTyped(ChangeError):
    code = "name_not_typed"


class Blocked(ChangeError):
    """The plan can be read but not applied as things are: members are in the group."""

    code = "blocked"


class OutOfDate(ChangeError):
    code = "stale"


class NotOpen(ChangeError):
    """It is refused, failed or expired already: there is nothing to confirm."""

    code = "not_open"


class NoUndo(ChangeError):
    code = "no_undo"


class KafkaProblem(ChangeError):
    """Kafka did not answer, or said no while the plan was made."""

    code = "kafka"
