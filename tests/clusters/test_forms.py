from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from clusters.forms import ClusterForm
from clusters.models import Cluster

pytestmark = pytest.mark.django_db
GOOD = {"name": "orders", "environment": "dev", "bootstrap": "kafka-1:9092, [::1]:9093"}


def a_key_pair(passphrase: bytes = b"") -> tuple[str, str]:
    """(certificate, key), both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "highwater")])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + datetime.timedelta(days=9999))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    return certificate.decode(), pem.decode()


CERTIFICATE, KEY = a_key_pair()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Give the cluster a name."),
        ("name", "a\nb", "no line breaks"),
        ("bootstrap", "", "Say where a broker answers"),
        ("bootstrap", "kafka-1", "“kafka-1” is not host:port."),
        ("bootstrap", "kafka-1:99999", "ports go from 1 to 65535"),
        ("bootstrap", "kafka-1:9092;plugin.library.paths=/tmp/x.so", "is not host:port"),
        ("environment", "moon", "moon"),
        ("mechanism", "GSSAPI", "GSSAPI"),
        ("ca_pem", "/etc/ssl/ca.pem", "not a certificate in PEM form"),
        ("key_pem", "-----BEGIN NONSENSE-----", "not a private key in PEM form"),
        ("key_pem", a_key_pair(b"secret")[1], "has a passphrase"),
    ],
)
def test_each_bad_field_gets_one_sentence(field, value, sentence):
    form = ClusterForm(GOOD | {"tls": "on", field: value})
    assert not form.is_valid()
    assert len(form.errors[field]) == 1
    assert sentence in form.errors[field][0]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"ca_pem": CERTIFICATE}, "ca_pem", "turn TLS on"),
        ({"tls": "on", "certificate_pem": CERTIFICATE}, "key_pem", "needs its key"),
        ({"tls": "on", "key_pem": KEY}, "certificate_pem", "needs its certificate"),
        ({"tls": "on", "certificate_pem": CERTIFICATE, "key_pem": a_key_pair()[1]}, "key_pem", "does not belong"),
        ({"mechanism": "PLAIN", "password": "x"}, "username", "PLAIN needs a user."),
        ({"mechanism": "SCRAM-SHA-512", "username": "u"}, "password", "needs a password"),
        ({"username": "u"}, "mechanism", "Choose how the user signs in"),
    ],
)
def test_fields_that_do_not_fit_together_say_so(given, field, sentence):
    form = ClusterForm(GOOD | given)
    assert not form.is_valid()
    assert sentence in form.errors[field][0]


def test_a_good_one_is_stored_with_its_secrets_sealed():
    given = {"tls": "on", "certificate_pem": CERTIFICATE, "key_pem": KEY, "mechanism": "PLAIN", "username": "u"}
    form = ClusterForm(GOOD | given | {"password": " hunter2 "})
    assert form.is_valid(), form.errors
    stored = Cluster.objects.get(pk=form.save().pk).config()
    assert stored.bootstrap == "kafka-1:9092,[::1]:9093"
    assert (stored.password, stored.key_pem) == (" hunter2 ", KEY.strip())


def test_an_empty_password_keeps_the_stored_one_and_it_is_never_shown():
    cluster = Cluster(name="orders", bootstrap="a:1", mechanism="PLAIN", username="u")
    cluster.set_secrets(password="hunter2")
    cluster.save()
    form = ClusterForm(GOOD | {"mechanism": "PLAIN", "username": "other"}, instance=cluster)
    assert "hunter2" not in form.as_p()
    assert form.is_valid(), form.errors
    form.save()
    assert Cluster.objects.get().config().password == "hunter2"


def test_a_password_goes_with_the_mechanism_it_was_for():
    cluster = Cluster(name="orders", bootstrap="a:1", mechanism="PLAIN", username="u")
    cluster.set_secrets(password="hunter2")
    cluster.save()
    form = ClusterForm(GOOD, instance=cluster)
    assert form.is_valid(), form.errors
    assert form.save().secrets == ""


def test_there_is_no_field_for_a_free_client_property():
    typed = {"name", "environment", "bootstrap", "read_only", "tls", "ca_pem", "certificate_pem", "key_pem"}
    registry = {f"registry_{name}" for name in ("url", "username", "password", "token", "ca_pem")}
    assert set(ClusterForm().fields) == typed | {"mechanism", "username", "password"} | registry
