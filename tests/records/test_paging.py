"""Pages of records: what is not there is said, links show the same again, columns are kept."""

from __future__ import annotations

import re

import pytest
from confluent_kafka import Producer, TopicPartition
from playwright.sync_api import Page, expect

from clusters.models import Cluster
from tests.axe import violations
from tests.browser.conftest import admin, live_server, page
from tests.clusters.conftest import poller
from tests.reader.conftest import WITHIN, Topic, soon
from tests.transactions import Writer

__all__ = ["admin", "live_server", "page", "poller"]

VALUE = '{{"order": {n}, "user": {{"id": "user-{u}"}}, "total": {n}.5, "lines": [1, 2]}}'


@pytest.fixture
def cluster(transactional_db, bootstrap) -> Cluster:
    return Cluster.objects.create(name="orders-eu", bootstrap=bootstrap)


def produce(bootstrap: str, topic: Topic, records, partition: int = 0) -> None:
    producer = Producer({"bootstrap.servers": bootstrap})
    for key, value in records:
        producer.produce(topic.name, value, key, partition, headers=[("trace", b"8f2c")])
    assert producer.flush(WITHIN) == 0


@pytest.fixture
def orders(a_topic, bootstrap) -> Topic:
    """40 orders over two partitions, the first 5 of each deleted; then one aborted and one committed, in 0."""
    topic = a_topic(2)
    for partition in (0, 1):
        lines = [(f"user-{n % 3}", VALUE.format(n=n, u=n % 3)) for n in range(partition, 40, 2)]
        produce(bootstrap, topic, lines, partition)
    places = [TopicPartition(topic.name, partition, 5) for partition in (0, 1)]
    for done in topic.admin.delete_records(places).values():
        done.result(WITHIN)
    writer = Writer(bootstrap, topic.name)
    writer.write('{"order": "dropped"}', key="user-9", end="abort")
    writer.write('{"order": "kept"}', key="user-9", end="commit")
    return topic


def at(topic: Topic, query: str) -> str:
    return f"/c/orders-eu/topics/{topic.name}/?{query}"


def rows(page: Page):
    return page.locator(".rows .r:visible")


def between(page: Page, text: str):
    return page.locator(".rows .between:visible").filter(has_text=text)


def test_what_is_not_there_is_said_and_what_was_aborted_is_marked(page, orders):
    page.goto(at(orders, "start=newest"))
    expect(rows(page).first).to_contain_text("kept")
    expect(page.locator(".rows .r.aborted:visible")).to_have_count(1)
    expect(page.locator(".rows .r.aborted:visible")).to_contain_text("dropped")
    page.locator(".scroller").evaluate("el => el.scrollTop = el.scrollHeight")
    expect(between(page, "deleted by retention or by hand").first).to_be_visible()
    page.get_by_text("Committed only").click()
    expect(page).to_have_url(re.compile("committed=1"))
    expect(between(page, "Offset 20 of partition 0 is of aborted transactions, left out")).to_be_visible()
    expect(rows(page).filter(has_text="dropped")).to_have_count(0)


def test_markers_on_wish(page, orders):
    page.goto(at(orders, "start=newest&markers=1"))
    expect(between(page, "a transaction was committed here")).to_be_visible()
    expect(between(page, "a transaction was aborted here")).to_be_visible()


def test_columns_are_chosen_kept_and_in_the_address(page, orders):
    page.goto(at(orders, "start=oldest"))
    page.locator("[data-tail=more]").click()
    with page.expect_response(lambda r: r.url.endswith("/records/columns/")) as kept:
        page.get_by_label("Columns").focus()
        expect(page.locator("#paths option[value='value.user.id']")).to_have_count(1)
        page.get_by_label("Columns").fill("value.user.id, value.total, headers.trace")
        page.keyboard.press("Enter")
    assert kept.value.status == 200
    expect(page).to_have_url(re.compile("columns="))
    expect(page.get_by_role("columnheader", name="value.total")).to_be_visible()
    expect(rows(page).first).to_contain_text("8f2c")
    expect(rows(page).first.locator(".path").nth(1)).to_have_text(re.compile(r"^\d+\.5$"))
    page.goto(at(orders, "start=newest"))
    expect(page.get_by_role("columnheader", name="value.user.id")).to_be_visible()
    expect(page).to_have_url(re.compile("columns="))
    page.locator("[data-tail=more]").click()
    with page.expect_response(lambda r: r.url.endswith("/records/columns/")):
        page.get_by_label("Columns").fill("")
        page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Value", exact=True)).to_be_visible()


def test_kept_columns_are_those_of_a_live_page(page, orders):
    page.goto(at(orders, ""))
    page.locator("[data-tail=more]").click()
    with page.expect_response(lambda r: r.url.endswith("/records/columns/")):
        page.get_by_label("Columns").fill("value.total")
        page.keyboard.press("Enter")
    page.goto(at(orders, ""))
    expect(page.get_by_role("columnheader", name="value.total")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?columns=value\.total$"))


def test_a_format_of_this_view_is_in_its_address_and_can_be_taken_off(page, orders):
    page.goto(at(orders, "start=oldest"))
    page.locator("[data-tail=more]").click()
    page.get_by_label("Read values here as").select_option("hex")
    expect(page).to_have_url(re.compile("read_value=hex"))
    expect(rows(page).first).to_contain_text("7b 22 6f 72")
    chip = page.get_by_role("button", name="values read as hex")
    expect(chip).to_be_visible()
    rows(page).first.click()
    expect(page.locator("[data-tail=panel]")).to_contain_text("7b 22 6f 72")
    linked = page.url
    page.goto(at(orders, "start=oldest"))
    expect(rows(page).first).to_contain_text('{"order"')
    page.goto(linked)
    expect(rows(page).first).to_contain_text("7b 22 6f 72")
    chip.click()
    expect(rows(page).first).to_contain_text('{"order"')
    expect(chip).to_be_hidden()
    assert "read_value" not in page.url


def test_a_page_asked_again_before_its_script_came_is_shown_once(page, orders):
    held = []
    slow = re.compile(r"/paging[.\w]*\.js|/records/\?")
    page.route(slow, lambda route: held.append(route))
    page.goto(at(orders, "start=oldest"))
    page.locator("[data-tail=more]").click()
    with page.expect_request(re.compile("read_value=hex")):
        page.get_by_label("Read values here as").select_option("hex")
    for route in held:
        route.continue_()
    page.unroute(slow)
    expect(rows(page).first).to_contain_text("7b 22 6f 72")


def test_a_page_is_given_as_csv_with_its_columns(page, orders):
    page.goto(at(orders, "start=newest&limit=2&columns=value.user.id"))
    expect(rows(page).first).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    assert saved.value.suggested_filename == f"{orders.name}-page.csv"
    head, *lines = saved.value.path().read_text().splitlines()
    assert head == "partition,offset,timestamp,key,value,headers,value.user.id" and len(lines) == 2
    assert lines[1].endswith(",trace=8f2c,user-0") or "dropped" in lines[1]
    page.goto(at(orders, ""))
    expect(page.get_by_role("link", name="CSV")).to_have_count(0)


def test_what_a_lost_network_kept_from_the_page_is_said(page, orders):
    page.goto(at(orders, "start=oldest"))
    expect(rows(page).first).to_be_visible()
    page.route(re.compile(r"/records/(columns|fields)/$|/messages/\+topics/"), lambda route: route.abort())
    page.locator("[data-tail=more]").click()
    page.get_by_label("Columns").fill("value.total")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(re.compile("server does not answer and will not know them"))
    expect(page.get_by_role("columnheader", name="value.total")).to_be_visible()
    page.goto(f"/c/orders-eu/messages/?topic={orders.name}")
    page.locator("[data-tail=chosen]").click()
    expect(page.get_by_text("The names could not be read. Try again.")).to_be_visible()


def test_names_are_offered_to_who_was_quicker_than_the_script(page, orders):
    held = []
    page.route("**/static/records.*js", lambda route: held.append(route))
    with page.expect_request("**/static/records.*js"):
        page.goto(f"/c/orders-eu/messages/?topic={orders.name}", wait_until="commit")
    page.locator("[data-tail=chosen]").click()
    expect(page.get_by_label("Find a topic")).to_be_visible()
    for route in held:
        route.continue_()
    expect(page.locator("[data-tail=offered] label")).to_have_text(orders.name)


def test_a_range_is_paged_between_its_ends(page, orders):
    page.goto(at(orders, "start=offset:8&until=offset:12&limit=3"))
    expect(rows(page)).to_have_count(3)
    page.get_by_role("link", name="Newer").click()
    expect(page).to_have_url(re.compile("until=.*from=|from=.*until="))
    expect(rows(page).first).to_be_visible()
    for text in rows(page).locator("span.num.faint").all_inner_texts():
        assert 8 <= int(text) < 12


def test_one_key_is_read_where_its_hash_puts_it(page, orders):
    page.goto(at(orders, "start=newest"))
    page.locator("[data-tail=more]").click()
    page.get_by_label("One key").fill("user-9")
    page.keyboard.press("Enter")
    expect(rows(page).first).to_contain_text("user-9")
    expect(rows(page)).to_have_count(2)
    expect(page.locator(".rows .between.notice:visible").first).to_contain_text("partition")


def test_a_link_to_just_these_rows_survives_new_records(page, orders, bootstrap):
    page.goto(at(orders, "start=newest&limit=2"))
    expect(rows(page).first).to_contain_text("kept")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    produce(bootstrap, orders, [("user-1", '{"order": "newer"}')], 1)
    page.goto(link)
    expect(rows(page).first).to_contain_text("kept")
    page.goto(at(orders, "start=newest"))
    expect(rows(page).first).to_contain_text("newer")


def test_a_topic_that_was_made_again_is_said_and_not_paged_on(page, a_topic, bootstrap):
    topic = a_topic(1, 9, "old {n}")
    page.goto(at(topic, "start=newest&limit=3"))
    expect(rows(page).first).to_contain_text("old 8")
    older = page.get_by_role("link", name="Older").get_attribute("href")
    topic.delete()
    soon(lambda: topic.name not in topic.admin.list_topics(timeout=WITHIN).topics)
    topic.create()
    topic.produce(bootstrap, 9, "new {n}")
    page.goto(older)
    expect(page.locator("[data-tail=empty]")).to_contain_text("deleted and created again")
    expect(rows(page)).to_have_count(0)


@pytest.mark.parametrize(("name", "size"), [("wide", (1440, 900)), ("narrow", (390, 844))])
def test_it_is_whole_on_every_screen(page, orders, name, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(at(orders, "start=newest&markers=1"))
    expect(rows(page).first).to_be_visible()
    page.locator("[data-tail=more]").click()
    expect(page.get_by_label("One key")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
