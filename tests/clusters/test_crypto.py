from __future__ import annotations

from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from clusters.crypto import SecretsUnreadable, seal, unseal


@given(st.dictionaries(st.sampled_from(["password", "key_pem"]), st.text()))
def test_what_is_sealed_can_be_read_again(secrets):
    owner = uuid4()
    assert unseal(owner, seal(owner, secrets)) == secrets


def test_the_secret_is_not_in_the_token():
    assert "hunter2" not in seal(uuid4(), {"password": "hunter2"})


def test_the_row_of_one_cluster_opens_nothing_in_another():
    token = seal(uuid4(), {"password": "hunter2"})
    with pytest.raises(SecretsUnreadable):
        unseal(uuid4(), token)


def test_an_older_key_still_reads_and_a_lost_one_says_so(settings):
    owner, old, new = uuid4(), Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FERNET_KEYS = [old]
    token = seal(owner, {"password": "hunter2"})
    settings.FERNET_KEYS = [new, old]
    assert unseal(owner, token) == {"password": "hunter2"}
    settings.FERNET_KEYS = [new]
    with pytest.raises(SecretsUnreadable, match="Enter it again"):
        unseal(owner, token)


@pytest.mark.parametrize("damaged", ["x", "gAAAA", "ä"])
def test_a_damaged_token_is_not_a_crash(damaged):
    with pytest.raises(SecretsUnreadable):
        unseal(uuid4(), damaged)
