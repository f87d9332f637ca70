"""docker-compose.yml says nothing that the project does not have."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path

import pytest
import uvicorn
import yaml
from celery import Celery
from celery.app.utils import find_app
from celery.bin.celery import celery as celery_commands
from django.core.management import get_commands

from broker.jars import VERSION
from console import env

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
ALL = COMPOSE["services"]


def test_it_has_every_process():
    assert set(OURS) == {"prepare", "web", "worker", "beat", "follower", "demo"}
    assert set(ALL) - set(OURS) == {"kafka", "redis", "postgres"}
    assert ALL["demo"]["profiles"] == ["demo"]
    assert ALL["kafka"]["image"] == f"apache/kafka:{VERSION}"


@pytest.mark.parametrize("name", OURS)
def test_its_command_exists(name):
    match OURS[name]["command"]:
        case ["python", "manage.py", command, *_]:
            assert command in get_commands()
        case ["python", "-m", "uvicorn", application, *_] as words:
            uvicorn.main.make_context("uvicorn", words[3:])  # refuses an unknown option
            module, _, attribute = application.partition(":")
            assert hasattr(importlib.import_module(module), attribute)
        case ["python", "-m", "celery", "--quiet", "-A", application, command, *options]:
            assert isinstance(find_app(application), Celery)
            known = {word for option in celery_commands.commands[command].params for word in option.opts}
            assert {word.split("=")[0] for word in options if word.startswith("-")} <= known
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(f"{module}.__main__")
        case other:
            pytest.fail(f"what is {other}?")


@pytest.mark.parametrize("name", OURS)
def test_every_variable_it_sets_is_one_that_settings_read(name):
    assert set(OURS[name]["environment"]) <= set(env.NAMES)


@pytest.mark.parametrize("name", OURS)
def test_ours_runs_without_rights(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", ALL)
def test_what_it_waits_for_is_there_and_can_be_told_healthy(name):
    for other, how in ALL[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "test" in ALL[other]["healthcheck"]
        else:
            assert ALL[other]["restart"] == "no"


def test_only_the_web_page_can_be_reached_and_only_from_this_machine():
    assert {name: service["ports"] for name, service in ALL.items() if "ports" in service} == {
        "web": ["127.0.0.1:8080:8080"]
    }


def test_every_value_it_asks_for_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    for name in re.findall(r"\$\{(\w+)", TEXT):
        assert re.search(f"^{name}=", example, re.MULTILINE)


def test_the_image_has_a_user_of_its_own_and_installs_by_hash():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER highwater" in lines
    assert any("--require-hashes" in line for line in lines)
    assert lines.index("USER highwater") > max(n for n, line in enumerate(lines) if line.startswith("RUN"))
