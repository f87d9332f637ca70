"""Secrets at rest: encrypted with MultiFernet, and bound to the one cluster they were entered for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from gateway.errors import AuthenticationFailed


class SecretsUnreadable(AuthenticationFailed):
    code = "secrets_unreadable"
    default = "The stored password or key of this cluster cannot be read with today's encryption key. Enter it again."


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FERNET_KEYS])


def seal(owner: UUID, secrets: Mapping[str, str]) -> str:
    """A token that `unseal` opens for the same owner only: a row copied over another cluster's row is useless."""
    payload = json.dumps({"owner": str(owner), **secrets})
    return _fernet().encrypt(payload.encode()).decode()


def unseal(owner: UUID, token: str) -> dict[str, str]:
    """Raises SecretsUnreadable when the key is gone, the token is damaged or it belongs to another cluster."""
    if not token:
        return {}
    try:
        secrets: dict[str, str] = json.loads(_fernet().decrypt(token.encode()))
    except InvalidToken:
        raise SecretsUnreadable from None
    if secrets.pop("owner", "") != str(owner):
        raise SecretsUnreadable
    return secrets
