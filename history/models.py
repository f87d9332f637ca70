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
    count = models.IntegerField(
        default=1
    )  # rebalances that it stands for: epochs that came before the group had a rest
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


class Jump(models.Model):
    """Offsets of a group that went back or went away (see gateway.jumps)."""

    cluster = models.IntegerField()
    key = models.CharField(max_length=32)  # of the group, as above
    at = models.BigIntegerField()  # ms
    source = models.CharField(max_length=64)
    body = models.BinaryField()  # msgpack of the gateway.jumps.Jumped

    class Meta:
        indexes = [models.Index(fields=["cluster", "key", "at"], name="jump_of_group")]
        constraints = [models.UniqueConstraint(fields=["cluster", "key", "source"], name="jump_once")]

    def __str__(self) -> str:
        return f"{self.source} of {self.key}"


class Journal(models.Model):
    """One poll: everything it found, or what was not as in the poll before. Kept until it is in chunks."""

    cluster = models.IntegerField()
    at = models.BigIntegerField()  # ms, when the poll began
    body = models.BinaryField()  # history.entry

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cluster", "at"], name="journal_of_poll")]

    def __str__(self) -> str:
        return f"the poll of {self.cluster} at {self.at}"


class Recording(models.Model):
    """How far the journal of a cluster is worked up: the first slot of each level that is not yet in chunks."""

    cluster = models.IntegerField(primary_key=True)
    began = models.BigIntegerField()  # ms, the first poll that was kept
    fine = models.IntegerField()
    minutes = models.IntegerField()
    quarters = models.IntegerField()

    def __str__(self) -> str:
        return f"history of {self.cluster}"


class Series(models.Model):
    """What chunks are about: the polls ("", "", -1), a log ("", topic, n), the quiet logs of a topic ("", topic, -1),
    a group on a partition (key, topic, n) or on a topic (key, topic, -1), a whole group (key, "", -1)."""

    id = models.AutoField(primary_key=True)
    cluster = models.IntegerField()
    key = models.CharField(max_length=32)  # of the group, as above
    topic = models.CharField(max_length=249)
    partition = models.IntegerField()
    seen = models.IntegerField()  # day since 1970: one whose data are all pruned goes too

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cluster", "key", "topic", "partition"], name="series_of_name")]

    def __str__(self) -> str:
        return f"{self.cluster}/{self.key}/{self.topic}-{self.partition}"


class Chunk(models.Model):
    """The samples of one series in one slot. Ordered by time, so that writing and pruning touch few pages."""

    pk = models.CompositePrimaryKey("slot", "series")
    slot = models.IntegerField()
    series = models.IntegerField()
    body = models.BinaryField()  # history.codec

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"series {self.series} in slot {self.slot}"


class Fine(Chunk):
    """Every poll, in slots of five minutes."""


class Minutes(Chunk):
    """Every minute, in slots of an hour."""


class Quarters(Chunk):
    """Every quarter of an hour, in slots of a day."""
