"""What must not be written anywhere: one line of it would undo the content security policy, or end a process."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ["access", "changes", "clusters", "console", "gateway", "groups", "history", "live"]
ROOMS += ["lab", "pipelines", "reader", "records", "topics"]
TEMPLATES = [*ROOT.glob("templates/**/*.html"), *(p for room in ROOMS for p in ROOT.glob(f"{room}/**/*.html"))]
#: The one place that says of a text that it is markup; its own test holds it against Django's `format_html`.
MARKUP = ROOT / "clusters/markup.py"
PYTHON = [path for room in ROOMS for path in ROOT.glob(f"{room}/**/*.py") if path != MARKUP]
SCRIPTS = [path for path in ROOT.glob("static/**/*.js") if "vendor" not in path.parts]

IN_TEMPLATES = {
    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
    "inline style": r"<style|\sstyle\s*=",
    "event handler": r"\son\w+\s*=|hx-on",
    "javascript URL": r"javascript:",
    "unescaped text": r"\|\s*safe\b|\{%\s*autoescape\s+off",
}
IN_PYTHON = {
    "unescaped text": r"mark_safe|SafeString\(|SafeText|\|\s*safe\b",
    "evaluation": r"(?<![\w.])(eval|exec)\(|pickle|yaml\.load\(|shell=True",
    "no CSRF": r"csrf_exempt",
    "a call that crashes": r"(list|alter)_consumer_group_offsets",  # decision 0001
    "a close that may hang": r"\b(consumer|producer|admin)\.close\(\)",  # gateway.closing does it
}
IN_SCRIPTS = {
    "markup from text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment",
    "evaluation": r"\beval\(|new Function\(|setAttribute\(\s*['\"](style|on)",
}


def found(paths: list[Path], pattern: str) -> list[str]:
    return [f"{p.relative_to(ROOT)}: {match[0]}" for p in paths for match in re.finditer(pattern, p.read_text(), re.I)]


@pytest.mark.parametrize("pattern", IN_TEMPLATES.values(), ids=IN_TEMPLATES)
def test_templates_are_free_of(pattern):
    assert found(TEMPLATES, pattern) == []


@pytest.mark.parametrize("pattern", IN_PYTHON.values(), ids=IN_PYTHON)
def test_python_is_free_of(pattern):
    assert found(PYTHON, pattern) == []


@pytest.mark.parametrize("pattern", IN_SCRIPTS.values(), ids=IN_SCRIPTS)
def test_scripts_are_free_of(pattern):
    assert found(SCRIPTS, pattern) == []


def test_there_is_something_to_search():
    assert len(TEMPLATES) > 10
    assert len(PYTHON) > 50
    assert SCRIPTS


@pytest.mark.parametrize(
    ("patterns", "name", "planted"),
    [
        (IN_TEMPLATES, "inline script", "<script>x()</script>"),
        (IN_TEMPLATES, "inline style", '<b style="color:red">'),
        (IN_TEMPLATES, "event handler", '<b onclick="x()">'),
        (IN_TEMPLATES, "unescaped text", "{{ name |safe }}"),
        (IN_PYTHON, "unescaped text", "mark_safe(name)"),
        (IN_PYTHON, "no CSRF", "@csrf_exempt"),
        (IN_PYTHON, "a call that crashes", "admin.alter_consumer_group_offsets(wanted)"),
        (IN_PYTHON, "a close that may hang", "        consumer.close()"),
        (IN_SCRIPTS, "markup from text", "row.innerHTML = value"),
    ],
)
def test_a_planted_one_is_found(patterns, name, planted):
    assert re.search(patterns[name], planted, re.I)
