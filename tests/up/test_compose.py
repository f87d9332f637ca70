"""docker-compose.yml says nothing that the project does not have."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
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
from tests.streams.programs import CI
from tests.streams.programs import PYTHON as STREAMS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", TEXT))  # as it is where .env says nothing
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
ALL = COMPOSE["services"]


def test_it_has_every_process():
    console, programs = (
        {"prepare", "web", "worker", "beat", "follower"},
        {"service-logs", "user-events", "sink", "shop-view"},
    )
    assert set(OURS) == console | programs | {"demo", "intake"}
    assert set(ALL) - set(OURS) == {"kafka", "redis", "postgres", "opensearch", "dashboards"}
    profiles = {name: service["profiles"] for name, service in ALL.items() if "profiles" in service}
    assert profiles == {name: ["demo", "pipelines"] for name in programs | {"intake"}} | {
        "demo": ["demo"],
        "opensearch": ["search"],
        "dashboards": ["search"],
    }
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
        case ["python", "-m", module, *options]:  # one that no program has, so that it says what it does not know
            python = STREAMS if module.startswith("streams.") else sys.executable
            if not STREAMS.exists() and not CI:
                pytest.skip("make test installs streams/.venv")
            asked = [python, "-m", module, *options, "--nonsense"]
            said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60)
            assert said.stderr.strip().endswith("error: unrecognized arguments: --nonsense")
        case other:
            pytest.fail(f"what is {other}?")


@pytest.mark.parametrize("name", OURS)
def test_every_variable_it_sets_is_one_that_is_read(name):
    read = {"intake": {"INTAKE_TOKEN"}, "sink": {"SINK_AUTHORIZATION"}}.get(name, set(env.NAMES))
    assert set(OURS[name].get("environment", {})) <= read


def test_the_sink_writes_where_the_logs_page_looks_and_so_does_the_view_of_the_shop():
    seen = COMPOSE["x-highwater"]["environment"]
    for program, variable in (("sink", "HIGHWATER_LOGS"), ("shop-view", "HIGHWATER_SHOPS")):
        command = OURS[program]["command"]
        assert seen[variable] == f"local={command[command.index('--to') + 1]}"
    said = OURS["sink"]["environment"]["SINK_AUTHORIZATION"]
    assert seen["HIGHWATER_LOGS_AUTHORIZATION"] == f"local={said}"
    assert "streams:/streams" in OURS["web"]["volumes"] and "streams:/streams" in OURS["sink"]["volumes"]


def test_pages_of_the_console_may_send_to_the_intake():
    command = OURS["intake"]["command"]
    assert command[command.index("--origin") + 1] == COMPOSE["x-highwater"]["environment"]["HIGHWATER_ORIGINS"]


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


def test_what_can_be_reached_can_be_reached_from_this_machine_only():
    assert {name: service["ports"] for name, service in ALL.items() if "ports" in service} == {
        "web": ["127.0.0.1:8080:8080"],
        "intake": ["127.0.0.1:8090:8090"],
        "dashboards": ["127.0.0.1:5601:5601"],
    }


@pytest.mark.parametrize("name", ALL)
def test_every_folder_it_keeps_is_a_volume(name):
    assert {volume.partition(":")[0] for volume in ALL[name].get("volumes", [])} <= set(COMPOSE["volumes"])


def test_every_value_it_asks_for_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    for name in re.findall(r"\$\{(\w+)", TEXT):
        assert re.search(f"^{name}=", example, re.MULTILINE)


def test_the_image_has_a_user_of_its_own_and_installs_by_hash():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    _, streams, console = "\n".join(lines).split("\nFROM ")  # what is built without a target is the last
    for stage in (streams, console):
        words = stage.splitlines()
        assert [("--require-hashes" in word) for word in words if "pip install" in word] == [True]
        assert words.index("USER highwater") > max(n for n, word in enumerate(words) if word.startswith("RUN"))
    assert "bare AS streams" in streams and "manage.py" not in streams
