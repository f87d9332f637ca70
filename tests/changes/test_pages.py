"""The way of a person through the pages of a change: choose, review, confirm, see the result, take it back."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access import policy
from access.models import Binding
from changes import run
from changes.models import Change, State
from clusters.tasks import poll_and_publish
from groups.reset_form import ResetForm
from tests.changes.people import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic(a_topic) -> str:
    return a_topic()


@pytest.fixture
def group(cluster, topic, a_group) -> str:
    """Known to the snapshot that pages are made from."""
    name = a_group(topic, 4, 6)
    poll_and_publish(cluster)
    return name


@pytest.fixture
def person(user) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(user)
    return client


def reset_url(cluster, group) -> str:
    return reverse("groups:reset", args=[cluster.slug, group])


def test_a_reset_is_chosen_reviewed_confirmed_and_taken_back(person, cluster, topic, group, committed):
    chosen = person.get(reset_url(cluster, group))
    assert chosen.status_code == 200
    assert len(re.findall(rf'value="{topic}:\d" checked', chosen.content.decode())) == 2
    planned = person.post(reset_url(cluster, group), {"to": "earliest", "partition": [f"{topic}:0", f"{topic}:1"]})
    change = Change.objects.get()
    assert planned.url == change.get_absolute_url()
    page = person.get(planned.url).content.decode()
    assert "replays 4" in page
    assert "Apply to 2 partitions" in page
    assert person.post(reverse("changes:confirm", args=[change.pk])).url == planned.url
    assert "A worker takes it in a moment" in person.get(planned.url).content.decode()
    run.apply(change.pk)
    state = person.get(reverse("changes:state", args=[change.pk])).content.decode()
    assert "Applied, and read back from Kafka." in state
    assert committed(group) == {0: 0, 1: 0}
    back = person.post(reverse("changes:undo", args=[change.pk]))
    again = Change.objects.exclude(pk=change.pk).get()
    assert back.url == again.get_absolute_url()
    person.post(reverse("changes:confirm", args=[again.pk]))
    run.apply(again.pk)
    assert committed(group) == {0: 4, 1: 6}
    assert "taken back" in person.get(planned.url).content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Choose where the group should go."),
        ({"to": "offset", "offset": "ten"}, "“ten” is not a whole number."),
        ({"to": "offset", "offset": ""}, "Say which offset."),
        ({"to": "time", "time": "soon"}, "“soon” is not a time."),
        ({"to": "time", "time": "2026-03-29T02:30", "zone": "Europe/Paris"}, "02:30 does not exist on that day"),
        ({"to": "time", "time": "2026-03-29T02:30", "zone": "Mars/Olympus"}, "does not know the time zone"),
        ({"to": "time", "time": "2026-10-25T02:30:00", "zone": "Europe/Paris"}, "02:30 happens twice on that day"),
        ({"to": "duration", "duration": "2 fortnights"}, "“2 fortnights” is not a duration."),
        ({"to": "duration", "duration": ""}, "Say how far back: 2h 30m"),
        ({"to": "group", "group": "changes-nobody", "spread": "all"}, "There is no group changes-nobody."),
        ({"to": "file", "file": "a,0,1\nb,zero,1"}, "Line 2: “zero” is not a partition."),
        ({"to": "file", "file": ""}, "Choose a file, or paste its rows."),
        ({"to": "latest", "partition": []}, "Tick at least one partition."),
        ({"to": "latest", "topic": "changes-not-there"}, "There is no topic changes-not-there."),
    ],
)
def test_what_makes_no_sense_gets_a_sentence_and_loses_nothing(person, cluster, topic, group, asked, said):
    answer = person.post(reset_url(cluster, group), {"partition": [f"{topic}:1"], **asked})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    for name in ("offset", "time", "topic", "duration", "group"):
        if asked.get(name):
            assert f'value="{asked[name]}"' in page
    if "partition" not in asked:
        assert f'value="{topic}:1" checked' in page
    assert f'value="{topic}:0" checked' not in page
    assert asked.get("file", "") in page
    assert not Change.objects.exists()


def test_a_file_is_uploaded_and_its_text_is_shown_again_when_a_line_is_bad(person, cluster, topic, group, committed):
    def upload(text: str | bytes):
        content = text if isinstance(text, bytes) else text.encode()
        data = {"to": "file", "partition": f"{topic}:0", "upload": SimpleUploadedFile("offsets.csv", content)}
        return person.post(reset_url(cluster, group), data)

    bad = upload(f"{topic},1,nine\n{topic},0")
    assert bad.status_code == 422
    assert "Line 1: “nine” is not an offset. Line 2: it has 2 fields" in bad.content.decode()
    assert f"{topic},1,nine" in bad.content.decode()
    assert "offsets.csv is not text" in upload(b"\xff\xfe\0x").content.decode()
    assert "offsets.csv is too large" in upload(b"a" * 1_000_001).content.decode()
    assert upload(f"\ufeff{topic},1,9\r\n").status_code == 302
    assert [(row.name, row.new) for row in Change.objects.get().planned.rows] == [(f"{topic}-1", 9)]


def test_another_groups_offsets_are_taken_on_the_ticked_partitions_or_wherever_it_has_any(
    person, cluster, topic, group, a_group
):
    source = a_group(topic, 1, 2)
    asked = {"to": "group", "group": source, "partition": f"{topic}:1"}
    person.post(reset_url(cluster, group), asked)
    person.post(reset_url(cluster, group), asked | {"spread": "all", "partition": []})
    plans = [change.planned for change in Change.objects.order_by("created_at")]
    assert [[(row.name, row.new) for row in plan.rows] for plan in plans] == [
        [(f"{topic}-1", 2)],
        [(f"{topic}-0", 1), (f"{topic}-1", 2)],
    ]


def test_a_link_fills_the_form(person, cluster, topic, group):
    page = person.get(
        reset_url(cluster, group), {"to": "offset", "offset": "7", "partition": f"{topic}:1"}
    ).content.decode()
    assert 'value="offset" checked' in page
    assert 'name="offset" value="7"' in page
    assert f'value="{topic}:1" checked' in page
    assert f'value="{topic}:0" checked' not in page


def test_of_a_time_that_happens_twice_the_person_chooses_one(person, cluster, topic, group):
    asked = {"to": "time", "time": "2026-10-25T02:30:00", "zone": "Europe/Paris", "partition": f"{topic}:0"}
    page = person.post(reset_url(cluster, group), asked).content.decode()
    assert "the first, UTC+2 · 00:30:00Z" in page
    assert "the second, UTC+1 · 01:30:00Z" in page
    person.post(reset_url(cluster, group), asked | {"fold": "1"})
    assert Change.objects.get().planned.facts["time"] == 1792891800000


@pytest.mark.parametrize(
    ("time", "zone", "ms"),
    [
        ("2026-11-23T21:00:00", "Europe/Paris", 1795464000000),
        ("2026-11-23T20:00:00", "", 1795464000000),
        ("2026-11-23T20:00:00Z", "Europe/Paris", 1795464000000),
        ("1795464000123", "Europe/Paris", 1795464000123),
    ],
)
def test_a_time_is_the_persons_own(time, zone, ms):
    form = ResetForm({"to": "time", "time": time, "zone": zone})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["value"] == ms


def test_production_asks_for_the_name_and_keeps_what_was_typed(person, cluster, topic, group):
    cluster.environment = "production"
    cluster.save()
    planned = person.post(reset_url(cluster, group), {"to": "latest", "partition": f"{topic}:0"})
    change = Change.objects.get()
    wrong = person.post(reverse("changes:confirm", args=[change.pk]), {"name": "groups"})
    assert wrong.status_code == 422
    assert f"Type {group} to confirm." in wrong.content.decode()
    assert 'value="groups"' in wrong.content.decode()
    person.post(reverse("changes:confirm", args=[change.pk]), {"name": group})
    assert Change.objects.get().state == State.CONFIRMED
    assert person.get(planned.url).status_code == 200


def test_an_unknown_group_is_a_page_that_is_not_there(person, cluster, group):
    assert person.get(reset_url(cluster, "changes-nobody")).status_code == 404


def test_a_change_of_a_hidden_name_is_not_there(person, cluster, topic, group):
    person.post(reset_url(cluster, group), {"to": "latest", "partition": f"{topic}:0"})
    change = Change.objects.get()
    stranger = Client()
    stranger.force_login(a_user(cluster, "operator", names="team-a-*"))
    assert stranger.get(change.get_absolute_url()).status_code == 404
    assert stranger.post(reverse("changes:confirm", args=[change.pk])).status_code == 404
    for page in ("changes:list", "changes:recent"):
        answer = stranger.get(reverse(page, args=[cluster.slug]))
        assert answer.status_code == 200
        assert group not in answer.content.decode()


def test_a_viewer_sees_the_plan_and_not_the_line_that_does_it(person, cluster, topic, group):
    person.post(reset_url(cluster, group), {"to": "latest", "partition": f"{topic}:0"})
    change = Change.objects.get()
    viewer = Client()
    viewer.force_login(a_user(cluster, "viewer"))
    page = viewer.get(change.get_absolute_url()).content.decode()
    assert "skips 6" in page
    assert "kafka-consumer-groups" not in page
    assert "Your role does not allow this change" in page
    assert viewer.get(reset_url(cluster, group)).status_code == 403


def test_no_change_is_made_by_following_a_link(person, cluster, topic, group):
    person.post(reset_url(cluster, group), {"to": "latest", "partition": f"{topic}:0"})
    change = Change.objects.get()
    for name in ("confirm", "undo", "again"):
        assert person.get(reverse(f"changes:{name}", args=[change.pk])).status_code == 405
    change.refresh_from_db()
    assert change.state == State.PLANNED


def test_the_list_filters_by_state_kind_and_who(person, user, cluster, topic, group):
    person.post(reset_url(cluster, group), {"to": "latest", "partition": f"{topic}:0"})
    url = reverse("changes:list", args=[cluster.slug])
    for query, there in [
        ({}, True),
        ({"state": "planned", "kind": "groups.reset_offsets", "who": str(user)[:5]}, True),
        ({"state": "done"}, False),
        ({"kind": "topics.create"}, False),
        ({"who": "nobody-of-that-name"}, False),
        ({"who": "\0", "before": "yesterday"}, True),
    ]:
        assert (group in person.get(url, query).content.decode()) == there, query


def test_each_form_of_a_topic_leads_to_a_plan(person, cluster, topic, group):
    create = reverse("topics:create", args=[cluster.slug])
    forms = {
        create: {"topic": f"{topic}-new", "partitions": "2", "replication": "1", "config": "retention.ms=60000\n"},
        reverse("topics:alter_config", args=[cluster.slug, topic]): {"set": "retention.ms=60000", "unset": ""},
        reverse("records:produce", args=[cluster.slug, topic]): {"key": "k", "value": "<b>\n", "headers": "a: b"},
        reverse("topics:delete", args=[cluster.slug, topic]): {},
        reverse("groups:delete", args=[cluster.slug, group]): {},
    }
    for url, asked in forms.items():
        assert person.get(url).status_code == 200
        answer = person.post(url, asked)
        assert answer.status_code == 302, (url, answer.content.decode()[-3000:])
        page = person.get(answer.url)
        assert page.status_code == 200
        assert "<b>\n" not in page.content.decode()
    wrong = person.post(create, {"topic": "a b", "partitions": "2", "replication": "1", "config": "nonsense"})
    assert wrong.status_code == 422
    assert "“nonsense” is not name=value." in wrong.content.decode()


def test_a_plan_tells_the_time_that_is_replayed_and_skipped_and_is_exported(person, cluster, topic, group):
    """Records are a second apart. Partition 0 goes from 4 to 2, partition 1 from 6 to 9."""
    person.post(reset_url(cluster, group), {"to": "file", "file": f"{topic},0,2\n{topic},1,9"})
    change = Change.objects.get()
    found = person.get(reverse("groups:first_records", args=[cluster.slug, group, change.pk])).json()
    begin = 1_700_000_000_000
    assert found[f"{topic}-0"]["span"] == {"words": "1 s", "from": begin + 2000, "to": begin + 3000}
    assert found[f"{topic}-1"]["span"] == {"words": "2 s", "from": begin + 6000, "to": begin + 8000}
    exported = person.get(reverse("groups:reset_csv", args=[cluster.slug, group, change.pk]))
    assert exported.content.decode() == f"{topic},0,2\n{topic},1,9\n"
    assert "attachment" in exported["Content-Disposition"]


def test_the_first_records_are_json_and_need_the_right_to_read(person, user, cluster, topic, group):
    person.post(reset_url(cluster, group), {"to": "offset", "offset": "3", "partition": f"{topic}:0"})
    change = Change.objects.get()
    url = reverse("groups:first_records", args=[cluster.slug, group, change.pk])
    found = person.get(url).json()[f"{topic}-0"]
    assert (found["offset"], found["key"], found["value"]) == ("3", "k", "v3")
    assert found["span"]["words"] == "less than 1 s", "one record is read again"
    Binding.objects.filter(user=user).delete()
    policy.forget(user.pk)
    assert person.get(url).status_code == 404
