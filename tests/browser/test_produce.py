"""Records are written by clicking: many from a template and stopped, one again, some copied, dead letters sent back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.axe import violations

MANY, AGAIN, SOURCE, DEAD, FILE = "written.many", "written.again", "written.source", "written.dead", "written.file"
HEADERS = [("trace", b"8f2c"), ("none", None)]


def plan(tab: Page, button: str, name: str = "Make the plan") -> None:
    tab.get_by_role("button", name=name).click()
    tab.get_by_role("button", name=re.compile(button)).click()


def test_many_are_previewed_written_and_stopped_in_the_middle(scene, tab, clients):
    clients.create({MANY: 2})
    scene.open(tab, f"/c/local/topics/{MANY}/")
    tab.get_by_role("link", name="Produce…").click()
    tab.get_by_label("Key", exact=True).fill("user-{{i 1}}")
    tab.get_by_label("Value", exact=True).fill('{"n": {{i}}, "who": "{{pick Ann Bob}}"')
    tab.get_by_label("Value is").select_option("json")
    tab.get_by_label("How many").fill("10000")
    tab.get_by_label("Records a second").fill("500")
    tab.get_by_label("Fill in placeholders").check()
    tab.get_by_role("button", name="Preview").click()
    expect(tab.locator("#preview")).to_contain_text("The value is not JSON")
    tab.get_by_label("Value", exact=True).fill('{"n": {{i}}, "who": "{{pick Ann Bob}}"}')
    tab.get_by_role("button", name="Preview").click()
    expect(tab.locator("#preview")).to_contain_text("user-3")
    assert violations(tab) == []
    plan(tab, "^Write 10,000 records")
    expect(tab.get_by_role("progressbar")).to_be_visible()
    expect(tab.locator(".running strong")).not_to_have_text("0")
    tab.get_by_role("button", name="Stop").click()
    expect(tab.get_by_text("Some of it was applied.")).to_be_visible()
    said = tab.locator("tr", has_text="in all").inner_text()
    written = int(re.search(r"([\d,]+) of 10,000", said)[1].replace(",", ""))
    assert 0 < written < 10_000
    assert clients.count(MANY) == written
    assert violations(tab) == []


def test_a_record_is_produced_again_from_its_panel(scene, tab, clients):
    clients.create({AGAIN: 1})
    clients.produce(AGAIN, [("the binary one", b"\x00\xff\xfe")], headers=HEADERS)
    scene.open(tab, f"/c/local/topics/{AGAIN}/?start=newest")
    tab.locator(".rows .r", has_text="the binary one").first.click()
    tab.get_by_role("link", name="Produce again…").click()
    expect(tab.get_by_label("Value is")).to_have_value("base64")
    expect(tab.get_by_label("Headers", exact=True)).to_have_value("trace: 8f2c\nnone")
    plan(tab, "^Produce")
    expect(tab.locator(".verdict.success")).to_be_visible()
    assert clients.newest(AGAIN) == (b"the binary one", b"\x00\xff\xfe")
    assert clients.count(AGAIN) == 2


def test_records_are_copied_and_dead_letters_sent_back(scene, tab, clients):
    clients.create({SOURCE: 1, DEAD: 1})
    clients.produce(SOURCE, [(f"k{n}", b"\x00%d" % n) for n in range(5)], headers=HEADERS)
    scene.open(tab, f"/c/local/topics/{DEAD}/")
    scene.open(tab, f"/c/local/topics/{SOURCE}/")
    tab.get_by_role("link", name="Copy records…").click()
    expect(tab.get_by_label("Offset or time").first).to_be_hidden()
    assert violations(tab) == []
    tab.get_by_label("Topic", exact=True).fill(DEAD)
    tab.get_by_label("Add headers that say").check()
    plan(tab, f"^Copy into {DEAD}")
    expect(tab.locator(".verdict.success")).to_be_visible()
    assert clients.count(DEAD) == 5

    tab.goto(f"/c/local/topics/{DEAD}/")
    tab.get_by_role("link", name="Redrive…").click()
    assert violations(tab) == []
    tab.get_by_role("button", name="Dry run").click()
    expect(tab.get_by_label(SOURCE)).to_be_checked()
    assert violations(tab) == []
    plan(tab, "^Send 5 records back", "Plan these…")
    expect(tab.locator(".verdict.success")).to_be_visible()
    assert clients.count(SOURCE) == 10


def test_each_bad_line_of_a_file_is_named(scene, tab, clients):
    clients.create({FILE: 1})
    scene.open(tab, f"/c/local/topics/{FILE}/produce/file/")
    tab.get_by_label("File").set_input_files(
        {"name": "x.ndjson", "mimeType": "text/plain", "buffer": b'{"value": 1}\n{\n{"value": 1, "partition": 9}\n'}
    )
    tab.get_by_role("button", name="Make the plan").click()
    expect(tab.get_by_role("alert")).to_contain_text("2 lines can't be written. Nothing is planned.")
    expect(tab.locator(".bad-lines li")).to_have_count(2)
    assert violations(tab) == []
