"""For whom this thread or task works, so that limits know it far below a view. "" is nobody: the console itself."""

from __future__ import annotations

from contextvars import ContextVar

acting: ContextVar[str] = ContextVar("acting", default="")
