"""What groups were like, kept: one row a generation, written once."""

from __future__ import annotations

from django.db import models


class Generation(models.Model):
    """A group from `at` on, and the rebalance that led there (see gateway.rebalance)."""

    cluster = models.IntegerField()  # its primary key; no foreign key: history knows no clusters
    key = models.CharField(max_length=32)  # of the group: names are longer than an entry of an index may be
    group = models.TextField()
    at = models.BigIntegerField()  # ms
    code = models.CharField(max_length=16)
    source = models.CharField(max_length=64)
    body = models.BinaryField()  # msgpack of the gateway.rebalance.Rebalance

    class Meta:
        indexes = [
            models.Index(fields=["cluster", "key", "at"], name="generation_of_group"),
            models.Index(fields=["cluster", "at"], name="generation_recent"),
        ]
        constraints = [models.UniqueConstraint(fields=["cluster", "key", "source"], name="generation_once")]

    def __str__(self) -> str:
        return f"{self.group} at {self.at}: {self.code}"
