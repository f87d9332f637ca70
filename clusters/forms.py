"""The form of one cluster: typed fields only. There is no place for a free client property."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F

from clusters.crypto import SecretsUnreadable, unseal
from clusters.models import SECRETS, Cluster
from gateway.config import ClusterConfig
from gateway.registry import RegistryConfig

_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
PEM = forms.Textarea(attrs={"rows": 5})
PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


def _public_bytes(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


class ClusterForm(forms.ModelForm):
    key_pem = forms.CharField(label="Client key", required=False, strip=True, widget=PEM)
    password = forms.CharField(required=False, strip=False, widget=PASSWORD)
    registry_password = forms.CharField(label="Password", required=False, strip=False, widget=PASSWORD)
    registry_token = forms.CharField(label="Bearer token", required=False, strip=True, widget=PASSWORD)

    class Meta:
        model = Cluster
        fields = (
            "name",
            "environment",
            "bootstrap",
            "read_only",
            "tls",
            "ca_pem",
            "certificate_pem",
            "mechanism",
            "username",
            "registry_url",
            "registry_username",
            "registry_ca_pem",
        )
        labels = {
            "bootstrap": "Bootstrap servers",
            "read_only": "Read-only",
            "tls": "Use TLS",
            "ca_pem": "Certificate authority",
            "certificate_pem": "Client certificate",
            "mechanism": "SASL mechanism",
            "username": "User",
            "registry_url": "Address",
            "registry_username": "User",
            "registry_ca_pem": "Certificate authority",
        }
        help_texts = {
            "name": "Shown in the rail and used to make the address of its pages.",
            "environment": "The colour of the rail. Production asks for a typed name before a change is applied.",
            "bootstrap": "host:port, separated by commas. One that answers is enough.",
            "read_only": "Nobody can change this cluster from here, whatever their role.",
            "ca_pem": "PEM text. Empty: the system's own list.",
            "certificate_pem": "PEM text, only where the brokers ask for a client certificate.",
            "registry_url": "http:// or https://, with the API of Confluent's registry. Empty: none. "
            "Of Apicurio it ends in /apis/ccompat/v7.",
            "registry_ca_pem": "PEM text. Empty: the system's own list.",
        }
        error_messages = {
            "name": {"required": "Give the cluster a name.", "unique": "There is a cluster of that name already."},
            "bootstrap": {"required": "Say where a broker answers, as host:port."},
        }
        widgets = {
            "ca_pem": PEM,
            "registry_ca_pem": PEM,
            "registry_url": forms.TextInput,
            "certificate_pem": PEM,
            "bootstrap": forms.TextInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        self.fields["mechanism"].choices = [("", "none"), *self.fields["mechanism"].choices[1:]]  # type: ignore[attr-defined]
        try:
            self._kept = unseal(self.instance.key, self.instance.secrets)
        except SecretsUnreadable:
            self._kept = {}
        for name in SECRETS:
            keep = " Leave empty to keep the one stored." if self._kept.get(name) else ""
            self.fields[name].help_text = f"Stored encrypted and never shown again.{keep}"
        for name, field in self.fields.items():
            field.widget.attrs |= {"spellcheck": "false"}
            described = [f"help-{name}"] if field.help_text else []
            if name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"
                described.append(f"error-{name}")
            if described:
                field.widget.attrs["aria-describedby"] = " ".join(described)

    @property
    def shows_certificates(self) -> bool:
        """Whether the part with the PEM texts is open: something is in it, or wrong with it."""
        names = ("ca_pem", "certificate_pem", "key_pem")
        return any(self[name].value() or self[name].errors for name in names) or bool(self._kept.get("key_pem"))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if any(not character.isprintable() for character in name):
            raise ValidationError("A name has no line breaks or control characters.")
        return name

    def clean_bootstrap(self) -> str:
        addresses = [address.strip() for address in self.cleaned_data["bootstrap"].split(",") if address.strip()]
        for address in addresses:
            match = _ADDRESS.fullmatch(address)
            if match is None:
                raise ValidationError(f"“{address}” is not host:port.")
            if not 0 < int(match[1]) < 65536:
                raise ValidationError(f"“{address}” has a port that does not exist: ports go from 1 to 65535.")
        if not addresses:
            raise ValidationError("Say where a broker answers, as host:port.")
        return ",".join(addresses)

    def clean_ca_pem(self) -> str:
        return self._certificate("ca_pem")

    def clean_registry_ca_pem(self) -> str:
        return self._certificate("registry_ca_pem")

    def clean_registry_url(self) -> str:
        address: str = self.cleaned_data["registry_url"].rstrip("/")
        if not address:
            return ""
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or not address.isascii() or any(c.isspace() for c in address):
            raise ValidationError("Write it as https://host:port, with a path where there is one.")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValidationError("User, password and parameters do not belong in the address.")
        return address

    def clean_certificate_pem(self) -> str:
        return self._certificate("certificate_pem")

    def clean_key_pem(self) -> str:
        pem: str = self.cleaned_data["key_pem"]
        if pem:
            try:
                load_pem_private_key(pem.encode(), None)
            except TypeError:
                raise ValidationError("This key has a passphrase. Paste it without: it is stored encrypted.") from None
            except Exception:
                raise ValidationError("This is not a private key in PEM form (-----BEGIN PRIVATE KEY-----).") from None
        return pem

    def _certificate(self, name: str) -> str:
        pem: str = self.cleaned_data[name]
        if pem:
            try:
                x509.load_pem_x509_certificates(pem.encode())
            except Exception:
                raise ValidationError("This is not a certificate in PEM form (-----BEGIN CERTIFICATE-----).") from None
        return pem

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("tls"):
            for name in ("ca_pem", "certificate_pem", "key_pem"):
                if data.get(name):
                    self.add_error(name, "This is used with TLS only: turn TLS on or clear this.")
        certificate, key = data.get("certificate_pem"), self._secret("key_pem")
        if certificate and "key_pem" not in self.errors:
            if not key:
                self.add_error("key_pem", "A client certificate needs its key.")
            else:
                public = x509.load_pem_x509_certificates(certificate.encode())[0].public_key()
                if _public_bytes(public) != _public_bytes(load_pem_private_key(key.encode(), None).public_key()):
                    self.add_error("key_pem", "This key does not belong to the client certificate.")
        if data.get("key_pem") and not certificate and "certificate_pem" not in self.errors:
            self.add_error("certificate_pem", "A client key needs its certificate.")
        if data.get("mechanism"):
            if not data.get("username"):
                self.add_error("username", f"{data['mechanism']} needs a user.")
            if not self._secret("password"):
                self.add_error("password", f"{data['mechanism']} needs a password.")
        elif data.get("username") or data.get("password"):
            self.add_error("mechanism", "Choose how the user signs in, or clear user and password.")
        self._clean_registry(data)
        return data

    def _clean_registry(self, data: dict[str, Any]) -> None:
        user, password, token = (data.get(f"registry_{name}") for name in ("username", "password", "token"))
        if not data.get("registry_url") and "registry_url" not in self.errors:
            if user or password or token or data.get("registry_ca_pem"):
                self.add_error("registry_url", "Say where the registry is, or clear the rest.")
            return
        if user and token:
            self.add_error("registry_token", "A registry is asked with a user or with a token, not both.")
        if password and not user:
            self.add_error("registry_username", "A password needs its user.")
        if user and not self._secret("registry_password"):
            self.add_error("registry_password", "The user needs a password.")

    def _secret(self, name: str) -> str:
        """The one typed now; the stored one when the field was left empty."""
        return self.cleaned_data.get(name) or self._kept.get(name, "")

    def config(self) -> ClusterConfig:
        """What a valid form describes, before it is stored: the connection test uses it."""
        data = self.cleaned_data
        return ClusterConfig(
            bootstrap=data["bootstrap"],
            tls=data["tls"],
            ca_pem=data["ca_pem"],
            certificate_pem=data["certificate_pem"],
            key_pem=self._secret("key_pem") if data["certificate_pem"] else "",
            mechanism=data["mechanism"],
            username=data["username"],
            password=self._secret("password") if data["mechanism"] else "",
            registry=self._registry(),
        )

    def _registry(self) -> RegistryConfig | None:
        data = self.cleaned_data
        if not data["registry_url"]:
            return None
        user = data["registry_username"]
        return RegistryConfig(
            data["registry_url"],
            user,
            self._secret("registry_password") if user else "",
            "" if user else self._secret("registry_token"),
            data["registry_ca_pem"],
            settings.OUTBOUND,
        )

    def save(self, commit: bool = True) -> Cluster:
        config = self.config()
        registry = config.registry or RegistryConfig("")
        self.instance.set_secrets(
            key_pem=config.key_pem,
            password=config.password,
            registry_password=registry.password,
            registry_token=registry.token,
        )
        if self.instance.pk is not None and commit:
            # Masks and readings are changed elsewhere meanwhile, perhaps: never written from here.
            self.instance.save(update_fields=[*self.Meta.fields, "secrets"])
            Cluster.objects.filter(pk=self.instance.pk).update(reading_version=F("reading_version") + 1)
            return self.instance
        return super().save(commit)
