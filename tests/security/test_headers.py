"""What every answer says to the browser, and what the shipped settings promise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

PAGES = ["/account/login/", "/account/", "/", "/c/orders/", "/nowhere/", "/api/v1/clusters", "/metrics", "/health/live"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_strict_headers(path, cluster, snapshot, client, actor):
    client.force_login(actor("all"))
    answer = client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer


def test_cookies_are_kept_from_scripts_and_other_sites():
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")


def test_the_deployment_check_has_nothing_to_say_about_an_https_installation(tmp_path):
    ours = {"HIGHWATER_ORIGINS": "https://console.example.com", "HIGHWATER_DATA": str(tmp_path)}
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO_", "HIGHWATER_"))} | ours
    check = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(check, env=surroundings, cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
