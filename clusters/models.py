"""The clusters we know: how to reach each, what it is for, and whether it may be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.text import slugify

from clusters import crypto, gateways, reading
from gateway.config import MECHANISMS, ClusterConfig
from gateway.registry import RegistryConfig

if TYPE_CHECKING:
    from gateway.cluster import Cluster as Gateway


SECRETS = ("password", "key_pem", "registry_password", "registry_token")


class Environment(models.TextChoices):
    DEV = "dev", "development"
    STAGING = "staging", "staging"
    PRODUCTION = "production", "production"


class Cluster(models.Model):
    key = models.UUIDField(default=uuid4, unique=True, editable=False)  # what the secrets are bound to
    slug = models.SlugField(max_length=80, unique=True)  # in every URL; made once from the name
    name = models.CharField(max_length=80, unique=True)
    environment = models.CharField(max_length=16, choices=Environment.choices, default=Environment.DEV)
    read_only = models.BooleanField(default=False)
    bootstrap = models.CharField(max_length=1000)
    tls = models.BooleanField(default=False)
    ca_pem = models.TextField(blank=True)
    certificate_pem = models.TextField(blank=True)
    mechanism = models.CharField(max_length=16, blank=True, choices=[(m, m) for m in MECHANISMS])
    username = models.CharField(max_length=255, blank=True)
    secrets = models.TextField(blank=True, editable=False)  # see SECRETS; sealed by clusters.crypto
    registry_url = models.CharField(max_length=500, blank=True)
    registry_username = models.CharField(max_length=255, blank=True)
    registry_ca_pem = models.TextField(blank=True)
    masks = models.JSONField(default=list, editable=False)  # see clusters.reading
    readings = models.JSONField(default=dict, editable=False)
    reading_version = models.PositiveIntegerField(default=0, editable=False)
    kafka_id = models.CharField(max_length=64, blank=True, editable=False)  # the id the brokers gave when first reached
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        if not self.slug:
            self.slug = self._free_slug()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("clusters:overview", args=[self.slug])

    def _free_slug(self) -> str:
        stem = slugify(self.name)[:70] or "cluster"
        taken = set(type(self).objects.filter(slug__startswith=stem).values_list("slug", flat=True))
        return next(slug for n in range(len(taken) + 1) if (slug := f"{stem}-{n + 1}" if n else stem) not in taken)

    def set_secrets(self, **secrets: str) -> None:
        """Replaces the named ones of SECRETS and keeps the others. An empty text removes one."""
        try:
            kept = crypto.unseal(self.key, self.secrets)
        except crypto.SecretsUnreadable:
            kept = {}
        merged = {name: text for name, text in {**kept, **secrets}.items() if text}
        self.secrets = crypto.seal(self.key, merged) if merged else ""

    def config(self) -> ClusterConfig:
        """Raises crypto.SecretsUnreadable, a KafkaFault with a sentence for the page."""
        secrets = crypto.unseal(self.key, self.secrets)
        return ClusterConfig(
            bootstrap=self.bootstrap,
            tls=self.tls,
            ca_pem=self.ca_pem,
            certificate_pem=self.certificate_pem,
            key_pem=secrets.get("key_pem", ""),
            mechanism=self.mechanism,
            username=self.username,
            password=secrets.get("password", ""),
            key=str(self.key),
            registry=self._registry(secrets),
            masks=reading.masks(self.masks),
            readings=reading.readings(self.readings),
            version=self.reading_version,
        )

    def _registry(self, secrets: dict[str, str]) -> RegistryConfig | None:
        if not self.registry_url:
            return None
        return RegistryConfig(
            self.registry_url,
            self.registry_username,
            secrets.get("registry_password", ""),
            secrets.get("registry_token", ""),
            self.registry_ca_pem,
            settings.OUTBOUND,
        )

    def mistaken(self, answered: str | None) -> str:
        """A sentence when the id that the brokers give is not the registered one's; "" when it is, or is not known."""
        if not answered or not self.kafka_id or answered == self.kafka_id:
            return ""
        return (
            f"This is not the cluster that was registered: its id was {self.kafka_id} and is {answered} now. Nothing "
            "can be changed in it. If it was replaced on purpose, remove it here and add it again."
        )

    def gateway(self) -> Gateway:
        """This process's one gateway to it. Raises what `config` raises; connects only when asked something."""
        return gateways.of(self.pk, self.config(), read_only=self.read_only)


class SchemaText(models.Model):
    """A schema that was given for a topic. Never changed: another text is another row."""

    hash = models.CharField(max_length=64, primary_key=True)  # sha256 of the text
    text = models.TextField()

    def __str__(self) -> str:
        return self.hash[:12]
