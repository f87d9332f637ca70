"""A topic's whole life by clicking: made, set, written to, deleted; each step is looked up at the broker."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.clients import until
from tests.browser.scene import DONE

NAME = "made.by_click"


def confirm(tab: Page, button: str, typed: str = "") -> None:
    tab.get_by_role("button", name="Make the plan").click()
    if typed:
        tab.get_by_label(re.compile("to confirm")).fill(typed)
    tab.get_by_role("button", name=re.compile(f"^{button}")).click()
    expect(tab.get_by_text(DONE)).to_be_visible()


def test_a_topic_is_made_set_written_to_and_deleted(scene, tab, clients):
    tab.goto("/c/local/topics/")
    tab.get_by_role("link", name="New topic…").click()
    tab.get_by_label("Name").fill(NAME)
    tab.get_by_label("Partitions").fill("2")
    tab.get_by_label("Settings").fill("retention.ms=86400000")
    confirm(tab, "Create")
    assert len(clients.admin.list_topics(NAME, timeout=10).topics[NAME].partitions) == 2

    scene.open(tab, f"/c/local/topics/{NAME}/")
    tab.get_by_role("link", name="Change config…").click()
    tab.get_by_label("Set", exact=True).fill("cleanup.policy=compact")
    tab.get_by_label("Return to the default").fill("retention.ms")
    confirm(tab, "Change|Apply")
    until(lambda: clients.config(NAME)["cleanup.policy"] == "compact")
    assert clients.config(NAME)["retention.ms"] == "604800000"

    tab.goto(f"/c/local/topics/{NAME}/")
    tab.get_by_role("link", name="Produce…").click()
    tab.get_by_label("Key", exact=True).fill("k-ü")
    tab.get_by_label("Partition").fill("0")
    tab.get_by_label("Value", exact=True).fill('{"from": "a page"}')
    confirm(tab, "Produce")
    assert clients.newest(NAME) == ("k-ü".encode(), b'{"from": "a page"}')

    tab.goto(f"/c/local/topics/{NAME}/")
    tab.get_by_role("link", name="Delete…").click()
    confirm(tab, "Delete", typed=NAME)
    until(lambda: NAME not in clients.admin.list_topics(timeout=10).topics)


def test_a_name_that_kafka_refuses_is_one_sentence_and_loses_nothing(tab):
    tab.goto("/c/local/topics/+create/")
    tab.get_by_label("Name").fill("no spaces please")
    tab.get_by_label("Settings").fill("retention.ms=1000")
    tab.get_by_role("button", name="Make the plan").click()
    expect(tab.get_by_role("alert")).to_be_visible()
    expect(tab.get_by_label("Name")).to_have_value("no spaces please")
    expect(tab.get_by_label("Settings")).to_have_value("retention.ms=1000")
