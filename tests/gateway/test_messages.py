"""The sweep's codecs on bytes made here; tests/contract holds them against a real broker."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.facts import Committed, Group, GroupListing, TopicPartition
from gateway.groups import DESCRIBES
from gateway.messages import (
    connect_protocol,
    consumer_protocol,
    describe_groups,
    describe_producers,
    describe_share_offsets,
    describe_streams_groups,
    find_coordinator,
    list_groups,
    list_offsets,
    log_dirs,
    metadata,
    offset_fetch,
)
from gateway.messages.primitives import Heard, Last, Reader, compact_string, read_uvarint, string, uvarint

Rows = list[tuple[int, int, int, str, int]]  # partition, offset, epoch, metadata, error


def fetched(groups: dict[str, dict[str, Rows]], error: int = 0) -> bytes:
    """An OffsetFetch v8 response."""
    body = struct.pack(">i", 0) + uvarint(len(groups) + 1)
    for group, topics in groups.items():
        body += compact_string(group) + uvarint(len(topics) + 1)
        for topic, rows in topics.items():
            body += compact_string(topic) + uvarint(len(rows) + 1)
            for partition, offset, epoch, text, code in rows:
                body += struct.pack(">iqi", partition, offset, epoch) + compact_string(text)
                body += struct.pack(">h", code) + b"\0"
            body += b"\0"
        body += struct.pack(">h", error) + b"\0"
    return body + b"\0"


rows = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.integers(-1, 2**62),
        st.integers(-1, 2**31 - 1),
        st.sampled_from(["", "md", "md\0", "x" * 200]),
        st.sampled_from([0, 0, 0, 3]),
    ),
    max_size=6,
    unique_by=lambda row: row[0],
)


names = st.text(min_size=1, max_size=9)


@settings(max_examples=40)
@given(st.dictionaries(names, st.dictionaries(names, rows, max_size=3), max_size=3))
def test_committed_offsets_come_back_as_they_were_written(groups: dict[str, dict[str, Rows]]) -> None:
    expected = {
        group: {
            TopicPartition(topic, partition): Committed(offset, epoch if epoch >= 0 else None, text.rstrip("\0"))
            for topic, found in topics.items()
            for partition, offset, epoch, text, code in found
            if offset >= 0 and not code
        }
        for group, topics in groups.items()
    }
    assert offset_fetch.response(fetched(groups), 1) == expected


@settings(max_examples=60)
@given(st.dictionaries(names, st.dictionaries(names, rows, max_size=2), max_size=4), st.data())
def test_what_is_recognised_from_the_last_sweep_means_what_decoding_it_means(
    groups: dict[str, dict[str, Rows]], data: st.DataObject
) -> None:
    heard = offset_fetch.Heard()
    first = offset_fetch.response(fetched(groups), 1, now=heard)
    kept = data.draw(st.lists(st.sampled_from(sorted(groups)), unique=True) if groups else st.just([]))
    other = data.draw(st.dictionaries(names, st.dictionaries(names, rows, max_size=2), max_size=3))
    message = fetched(other | {group: groups[group] for group in kept})
    again = offset_fetch.response(message, 1, before=heard)
    assert again == offset_fetch.response(message, 1)
    assert all(again[group] is first[group] for group in kept)


def test_a_group_that_failed_is_not_recognised() -> None:
    heard = offset_fetch.Heard()
    offset_fetch.response(fetched({"g": {}}, error=16), 1, now=heard)
    assert offset_fetch.response(fetched({"g": {}}, error=16), 1, before=heard) == {"g": 16}


def test_the_last_message_is_recognised_for_its_sender_alone() -> None:
    last: Last[int, str] = Last()
    said = [last.decoded(*what, bytes.decode) for what in ((1, b"a"), (2, b"b"), (1, b"a"), (1, b"c"), (2, b"b"))]
    assert said == ["a", "b", "a", "c", "b"]
    assert last.decoded(2, b"b", lambda _: "decoded again") == "b"


def test_a_group_whose_coordinator_moved_answers_with_its_code() -> None:
    assert offset_fetch.response(fetched({"g": {}}, error=16), 1) == {"g": 16}


def test_ends_and_their_errors_are_told_apart() -> None:
    body = struct.pack(">ii", 0, 1) + string("orders") + struct.pack(">i", 3)
    for row in ((0, 0, -1, 48_151_203, 7), (1, 6, -1, -1, -1), (2, 0, -1, -1, -1)):
        body += struct.pack(">ihqqi", *row)
    offsets, errors = list_offsets.response(body)
    assert offsets == {TopicPartition("orders", 0): 48_151_203, TopicPartition("orders", 2): -1}
    assert errors == {TopicPartition("orders", 1): 6}


def ended(topics: dict[str, list[int]]) -> bytes:
    body = struct.pack(">ii", 0, len(topics))
    for topic, offsets in topics.items():
        body += string(topic) + struct.pack(">i", len(offsets))
        body += b"".join(struct.pack(">ihqqi", n, 6 * (o == 13), -1, o, 7) for n, o in enumerate(offsets))
    return body


ends = st.dictionaries(names, st.lists(st.integers(10, 15), max_size=3), max_size=3)  # 13 stands for an error


@given(ends, ends)
def test_ends_recognised_from_the_last_sweep_are_what_decoding_gives(
    one: dict[str, list[int]], other: dict[str, list[int]]
) -> None:
    heard: Heard[bytes, list_offsets.Offsets] = Heard()
    list_offsets.response(ended(one), now=heard)
    for message in (ended(other), ended(one)):
        assert list_offsets.response(message, before=heard) == list_offsets.response(message)


def described(groups: dict[str, tuple[int, str]]) -> bytes:
    body = struct.pack(">ii", 0, len(groups))
    for group, (error, state) in groups.items():
        texts = (group, state, "consumer", "range")
        body += struct.pack(">h", error) + b"".join(map(string, texts)) + struct.pack(">ii", 0, -1)
    return body


def test_a_group_described_as_before_by_the_same_broker_is_the_same_object() -> None:
    heard = describe_groups.Described()
    first = describe_groups.response(described({"a": (0, "Stable"), "b": (0, "Empty"), "c": (0, "Dead")}), 1, now=heard)
    again = describe_groups.response(described({"b": (0, "Stable"), "a": (0, "Stable"), "c": (16, "Dead")}), 1, heard)
    assert again["a"] is first["a"]
    assert (again["b"].state, again["c"]) == ("Stable", 16)
    assert describe_groups.response(described({"a": (0, "Stable")}), 2, heard)["a"].coordinator == 2


def test_sizes_of_replicas_are_told_by_directory() -> None:
    row = struct.pack(">iqqBB", 3, 5_000_000_000, 0, 0, 0)
    topic = compact_string("orders") + uvarint(2) + row + b"\0"
    body = struct.pack(">ih", 0, 0) + uvarint(3)
    body += struct.pack(">h", 0) + compact_string("/a") + uvarint(2) + topic + struct.pack(">qq", 900, -1) + b"\0"
    body += struct.pack(">h", 56) + compact_string("/b") + uvarint(1) + struct.pack(">qq", -1, -1) + b"\0"
    assert log_dirs.response(body + b"\0") == (
        0,
        [(0, "/a", {TopicPartition("orders", 3): 5_000_000_000}, 900, -1), (56, "/b", {}, -1, -1)],
    )


def test_groups_of_every_kind_are_listed_and_new_kinds_are_unknown() -> None:
    kinds = ["classic", "consumer", "share", "streams", "Classic", "telepathic"]
    body = struct.pack(">ih", 0, 0) + uvarint(len(kinds) + 1)
    for kind in kinds:
        body += b"".join(compact_string(text) for text in (f"g-{kind}", "connect", "Reconciling", kind)) + b"\0"
    error, groups = list_groups.response(body + b"\0", broker=3)
    assert error == 0
    assert [g.kind for g in groups] == ["classic", "consumer", "share", "streams", "classic", "unknown"]
    assert groups[0] == GroupListing("g-classic", "classic", "Reconciling", "connect", 3)


def test_a_coordinator_that_is_not_there_hides_no_other() -> None:
    body = struct.pack(">i", 0) + uvarint(3)
    for group, node, error in (("a", 2, 0), ("b", -1, 15)):
        body += (
            compact_string(group) + struct.pack(">i", node) + compact_string("host") + struct.pack(">ih", 9092, error)
        )
        body += b"\0\0"
    assert find_coordinator.response(body + b"\0") == ({"a": 2}, {"b": 15})


def test_a_partition_without_a_leader_has_none() -> None:
    ids = uvarint(2) + struct.pack(">i", 1)
    partition = struct.pack(">hiii", 5, 0, -1, 0) + ids + uvarint(1) + ids + b"\0"
    topic = struct.pack(">h", 0) + compact_string("t") + bytes(16) + b"\0" + uvarint(2) + partition + bytes(4) + b"\0"
    absent = struct.pack(">h", 3) + compact_string("gone") + bytes(16) + b"\0" + uvarint(1) + bytes(4) + b"\0"
    broker = struct.pack(">i", 1) + compact_string("h") + struct.pack(">i", 9092) + compact_string("rack-a") + b"\0"
    body = bytes(4) + uvarint(2) + broker + compact_string("id") + struct.pack(">i", -1) + uvarint(3) + topic + absent
    info, topics, errors = metadata.response(body + b"\0")
    assert (info.controller, info.brokers[0].rack) == (None, "rack-a")
    (found,) = topics["t"].partitions
    assert (found.leader, found.replicas, found.isr, found.under_replicated) == (None, (1,), (), True)
    assert topics["t"].id is None
    assert errors == {"gone": 3}


def test_an_assignment_of_another_protocol_is_not_guessed_at() -> None:
    assert consumer_protocol.assignment(b"") == {}
    assert consumer_protocol.assignment(
        bytes.fromhex("0001 00000001 0002 7431 00000002 0000000100000000 ffffffff")
    ) == {"t1": (0, 1)}
    assert consumer_protocol.assignment(b'{"connector": "sink"}') is None


@given(st.integers(0, 2**63))
def test_varints_come_back(number: int) -> None:
    data = uvarint(number)
    assert read_uvarint(data, 0) == (number, len(data))


@given(st.binary(max_size=60))
def test_damaged_bytes_raise_only_what_is_declared(data: bytes) -> None:
    for read in (Reader(data).compact_string, Reader(data).tags, Reader(data).int32s, Reader(data).compact_int32s):
        try:
            read()
        except (struct.error, IndexError, ValueError):
            continue


def test_an_array_longer_than_its_message_is_refused_before_it_costs_memory() -> None:
    with pytest.raises(ValueError, match="an array of 2147483647"):
        Reader(b"\x7f\xff\xff\xff").int32s()


def test_a_classic_member_says_what_it_subscribed_to_and_from_version_3_its_rack() -> None:
    first = bytes.fromhex("0000 00000001 0002 7431 ffffffff")
    third = bytes.fromhex("0003 00000001 0002 7431 00000000 00000001 0002 7431 00000001 00000004 ffffffff 0002 7231")
    assert consumer_protocol.subscription(first) == (("t1",), None)
    assert consumer_protocol.subscription(third) == (("t1",), "r1")
    assert consumer_protocol.subscription(b"{}") == ((), None)


def test_a_connect_worker_of_the_eager_protocol_is_read_too() -> None:
    metadata = struct.pack(">h", 0) + string("http://w:8083/") + struct.pack(">q", 3)
    work = struct.pack(">hh", 0, 1) + string("m") + string("http://l:8083/") + struct.pack(">q", 3)
    work += struct.pack(">i", 1) + string("sink") + struct.pack(">ii", 1, 0)
    assert connect_protocol.said(metadata, work) == (
        ("worker", "http://w:8083/"),
        ("leader", "http://l:8083/"),
        ("tasks", "sink-0"),
        ("error", "the leader's config is newer than this worker's"),
    )
    assert connect_protocol.said(b"\0", b"") == (("Connect", "its words are not in a format that Highwater knows"),)


def test_a_streams_instance_with_everything_that_the_schema_allows_is_read_to_its_end() -> None:
    """Made by hand from Kafka's schema; tests/contract reads one of a real broker."""
    text, int32s = compact_string, lambda *n: uvarint(len(n) + 1) + struct.pack(f">{len(n)}i", *n)
    config = uvarint(2) + text("cleanup.policy") + text("compact") + b"\0"
    inner = text("app-store-repartition") + struct.pack(">ih", 2, 1) + config + b"\0"
    sub = text("1") + uvarint(2) + text("orders") + uvarint(2) + text("out") + uvarint(1) + uvarint(2) + inner + b"\0"
    topology = b"\1" + struct.pack(">i", 0) + uvarint(2) + sub + b"\0"
    tasks = uvarint(2) + text("1") + int32s(1, 0) + b"\0"
    restored = uvarint(2) + text("1") + struct.pack(">iq", 0, 9) + b"\0"
    member = text("m") + struct.pack(">i", 4) + text("i") + text("r1") + text("client") + text("/10.0.0.7")
    member += struct.pack(">i", 0) + text("p") + b"\1" + text("h") + struct.pack(">H", 50_000) + b"\0"
    member += uvarint(2) + text("zone") + text("eu") + b"\0" + restored + restored
    member += (tasks + tasks + b"\1" + b"\0") + (tasks + b"\1\1" + b"\0") + b"\1" + b"\0"
    group = struct.pack(">h", 0) + b"\0" + text("app") + text("Stable") + struct.pack(">ii", 5, 4) + topology
    group += uvarint(2) + member + struct.pack(">i", -1) + b"\0"
    data = bytes(4) + uvarint(2) + group + b"\0"
    found = describe_streams_groups.response(data, 1)["app"]
    assert isinstance(found, Group)
    assert found.topology == (("1", ("orders", "app-store-repartition")),)
    (one,) = found.members
    assert one.assignment == one.target == {"orders": (0, 1), "app-store-repartition": (0, 1)}
    assert (one.instance_id, one.rack, one.host, one.epoch, one.classic) == ("i", "r1", "10.0.0.7", 4, True)
    assert one.says == (
        ("tasks", "1_0, 1_1"),
        ("process", "p"),
        ("endpoint", "h:50000"),
        ("zone", "eu"),
        ("standby", "1_0, 1_1"),
    )


def test_producers_are_told_by_partition_or_why_not() -> None:
    answer = bytes.fromhex(
        "00000000 02 0374 31 03"  # no throttling; of one topic, t1, two partitions
        "00000000 0000 00 02 0000000000000fa0 00000002 00000029 000001a20ae2fcdd ffffffff 0000000000000007 00 00"
        "00000001 001d 0468 6579 01 00 00 00"
    )
    assert describe_producers.response(answer) == {
        TopicPartition("t1", 0): [describe_producers.Known(4000, 2, 41, 0x1A20AE2FCDD, -1, 7)],
        TopicPartition("t1", 1): describe_producers.Failed(29, "hey"),
    }
    asked = describe_producers.request({"t1": [0, 5]})
    assert asked == bytes.fromhex("02 0374 31 03 00000000 00000005 00 00")


@given(st.sampled_from(sorted(DESCRIBES)), st.binary(max_size=200))
def test_a_damaged_description_raises_only_what_is_declared(kind: str, data: bytes) -> None:
    for message in DESCRIBES[kind]:
        with suppress(struct.error, IndexError, ValueError):
            message.response(data, 1)
    with suppress(struct.error, IndexError, ValueError):
        describe_share_offsets.response(data, 1)
    with suppress(struct.error, IndexError, ValueError):
        describe_producers.response(data)
    assert isinstance(connect_protocol.said(data, data), tuple)
    assert isinstance(consumer_protocol.subscription(data), tuple)
