"""A lease: the right of one process to do one thing, until it ends. The database's clock decides, not ours."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

SECONDS = 6  # whoever waits takes over at most this long after the holder died


class Lease(models.Model):
    name = models.CharField(max_length=120, unique=True)
    holder = models.CharField(max_length=120)
    token = models.BigIntegerField(default=1)  # rises with each change of holder: tells a late one from the present one
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}, held by {self.holder}"

    @classmethod
    def take(cls, name: str, holder: str) -> int | None:
        """The fencing token when `holder` has the lease for the next SECONDS, None while somebody else has it."""
        until = Now() + timedelta(seconds=SECONDS)
        mine = cls.objects.filter(name=name, holder=holder, expires_at__gt=Now())
        if not mine.update(expires_at=until):
            free = cls.objects.filter(Q(expires_at__lte=Now()), name=name)
            if not free.update(holder=holder, token=F("token") + 1, expires_at=until) and not cls._first(name, holder):
                return None
        return cls.objects.filter(name=name, holder=holder).values_list("token", flat=True).first()

    @classmethod
    def _first(cls, name: str, holder: str) -> bool:
        if cls.objects.filter(name=name).exists():
            return False
        try:
            with transaction.atomic():
                cls.objects.create(name=name, holder=holder, expires_at=Now() + timedelta(seconds=SECONDS))
        except IntegrityError:
            return False  # somebody was faster
        return True

    @classmethod
    def give_back(cls, name: str, holder: str) -> None:
        """The next one need not wait."""
        cls.objects.filter(name=name, holder=holder).update(expires_at=Now() - timedelta(seconds=1))
