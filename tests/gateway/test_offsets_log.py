"""Records that Kafka 4.3.1 wrote, and vectors made with kafka-python's codec from Kafka's own schemas."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.facts import TopicPartition
from gateway.group_log import (
    ClassicGroup,
    CurrentAssignment,
    GroupEpoch,
    MemberJoined,
    MemberLeft,
    PatternResolved,
    TargetAssignment,
    TargetEpoch,
)
from gateway.messages.classic_group import Member
from gateway.offsets_log import OffsetCommitted, Touched, Unknown, decode, place, position

T = "4e6c6f93c1514287be18b490cfc366e2"
M1 = "001668437a746759394751724b415379474d703873743477"
K = "0011746c2d3834382d31373935343738393736"
P4 = "00000000 00000001 00000002 00000003"
GROUP, MEMBER = "tl-848-1795478976", "hCztgY9GQrKASyGMp8st4w"
TOPIC = base64.urlsafe_b64encode(bytes.fromhex(T)).rstrip(b"=").decode()
SHARE_MEMBER = "0016706d37583664354f516b4f594341554575514a323751"
SHARE = (
    (10, "0000 00 17636f6e736f6c652d73686172652d636f6e73756d6572 0b2f3132372e302e302e31 02 037431 00"),
    (11, "0000 00000005 9866b8c788b9374d 00"),
    (12, "0000 00000005 01 00 08 000001a20ae2fcdd"),
    (13, f"0000 02 {T} 05 {P4} 00 00"),
    (14, f"0000 00000005 00000000 00 02 {T} 05 {P4} 00 00"),
    (15, f"0000 02 {T} 037431 05 {P4} 00 01 01 00"),
    (15, f"0000 01 02 {T} 037431 05 {P4} 00 01 00"),
    (10, None),
    (14, None),
)
CLASSIC_V3 = (
    "0003 0008636f6e73756d6572 00000003 000572616e6765 00026d31 0000000000000309 00000001 00026d31 ffff 000163 00022f68"
    "000493e0 0000afc8 00000012 000100000001000274 31ffffffff00000000 0000001a"
    "0001 00000001 00027431 00000002 00000000 00000001 ffffffff"
)
CLASSIC_V4 = (
    "0004 09636f6e73756d6572 00000003 0672616e6765 036d31 0000000000000309 02 036d31 00 0263 032f68 000493e0 0000afc8"
    "13 000100000001000274 31ffffffff00000000 1b 0001 00000001 00027431 00000002 00000000 00000001 ffffffff 00 00"
)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


COMMIT_KEY = unhex("00010002676d0002743100000000")
TP = TopicPartition("t1", 0)


COMMIT_VECTORS = [
    (
        f"0004 000000000000007b ffffffff 04 6d6400 000001a20af8a7cd 01 00 10 {T}",
        OffsetCommitted("gm", TP, 123, None, "md", 0x1A20AF8A7CD, TOPIC),
    ),
    (
        f"0004 000000000000007b ffffffff 01 000001a20af8a7cd 01 00 10 {T}",
        OffsetCommitted("gm", TP, 123, None, "", 0x1A20AF8A7CD, TOPIC),
    ),
    (
        "0004 000000000000007b 00000007 03 6d64 00000000000003e7 01 00 10 00000000000000000000000000000001",
        OffsetCommitted("gm", TP, 123, 7, "md", 999, "AAAAAAAAAAAAAAAAAAAAAQ"),
    ),
    ("0003 000000000000007b 00000007 0002 6d64 00000000000003e7", OffsetCommitted("gm", TP, 123, 7, "md", 999)),
    (
        "0001 000000000000007b 0002 6d64 00000000000003e7 00000000000015b3",
        OffsetCommitted("gm", TP, 123, None, "md", 999),
    ),
    ("0000 000000000000007b 0002 6d64 00000000000003e7", OffsetCommitted("gm", TP, 123, None, "md", 999)),
]
COMMITS = [value for value, _ in COMMIT_VECTORS]


@pytest.mark.parametrize(("value", "event"), COMMIT_VECTORS)
def test_it_reads_a_commit_of_each_version(value: str, event: OffsetCommitted) -> None:
    assert decode(COMMIT_KEY, unhex(value)) == event
    assert position(unhex(value)) == (event.offset, event.at)
    assert place(COMMIT_KEY) == ("gm", "t1", 0)


def test_a_tombstone_of_a_commit_is_an_offset_that_is_gone() -> None:
    assert decode(COMMIT_KEY, None) == OffsetCommitted("gm", TP, None)


def test_it_reads_a_classic_group_without_members() -> None:
    key = unhex("0002 0002676d")
    value = unhex("0003 0000 00000000 ffff ffff 000001a20ace8c8d 00000000")
    assert decode(key, value) == ClassicGroup("gm", False, "", 0, None, None, 0x1A20ACE8C8D)
    assert decode(key, None) == ClassicGroup("gm", deleted=True)


@pytest.mark.parametrize("value", [CLASSIC_V3, CLASSIC_V4])
def test_it_reads_the_members_and_assignments_of_a_classic_group(value: str) -> None:
    event = decode(unhex("0002 0002676d"), unhex(value))
    member = Member("m1", "c", "h", None, {"t1": (0, 1)}, ("t1",), 45000)
    assert event == ClassicGroup("gm", False, "consumer", 3, "range", "m1", 777, (member,))


def test_it_reads_what_kafka_wrote_of_a_group_with_one_member() -> None:
    name = "72646b61666b61" + "2d" + "61" * 36  # a client id and a uuid, 44 bytes
    value = unhex(
        f"0003 0008636f6e73756d6572 00000001 000572616e6765 002c{name} 000001a20ace8cac 00000001 002c{name} ffff "
        "0007 72646b61666b61 000a2f3132372e302e302e31 000493e0 0000afc8 "
        "00000018 00030000000100027431 00000000 00000000 ffffffff 0000 "
        f"00000022 000000000001 00027431 00000004 {P4} 00000000"
    )
    event = decode(unhex("0002 0002676d"), value)
    assert isinstance(event, ClassicGroup)
    owns = {"t1": (0, 1, 2, 3)}
    assert event.members == (Member(unhex(name).decode(), "rdkafka", "127.0.0.1", None, owns, ("t1",), 45000),)


GROUP_VECTORS = [
    (f"0003 {K}", "0000 00000002 01 00 08 9866b8c788b9374d", GroupEpoch(GROUP, 2)),
    (f"0003 {K}", "0000 00000003 00", GroupEpoch(GROUP, 3)),
    (f"0003 {K}", None, GroupEpoch(GROUP, None)),
    (
        f"0005 {K} {M1}",
        "0000 00 00 0241 0b2f3132372e302e302e31 02 037431 01 000493e0 00 01 00 01 00",
        MemberJoined(GROUP, MEMBER, "A", "127.0.0.1", None, ("t1",), rebalance_timeout_ms=300_000),
    ),
    (
        f"0005 {K} {M1}",
        "0000 07696e73742d31 00 0241 0b2f3132372e302e302e31 02 037431 01 000493e0 00 01 00 01 00",
        MemberJoined(GROUP, MEMBER, "A", "127.0.0.1", "inst-1", ("t1",), rebalance_timeout_ms=300_000),
    ),
    (
        f"0005 {K} {M1}",
        "0000 00 03 7231 0241 0b2f3132372e302e302e31 01 04 6f2e2a 000493e0 08 756e69666f726d 01 00 06 01 0000afc8 01",
        MemberJoined(
            GROUP,
            MEMBER,
            "A",
            "127.0.0.1",
            None,
            (),
            "o.*",
            "r1",
            "uniform",
            rebalance_timeout_ms=300_000,
            classic=True,
        ),
    ),
    (f"0005 {K} {M1}", None, MemberLeft(GROUP, MEMBER)),
    (f"0006 {K}", "0000 00000002 01 00 08 000001a20ae2fcdd", TargetEpoch(GROUP, 2, 0x1A20AE2FCDD)),
    (f"0006 {K}", "0000 00000002 00", TargetEpoch(GROUP, 2)),
    (f"0006 {K}", None, TargetEpoch(GROUP, None)),
    (f"0007 {K} {M1}", f"0000 02 {T} 05 {P4} 00 00", TargetAssignment(GROUP, MEMBER, {TOPIC: (0, 1, 2, 3)})),
    (f"0007 {K} {M1}", None, TargetAssignment(GROUP, MEMBER, None)),
    (
        f"0008 {K} {M1}",
        f"0000 00000002 00000000 00 02 {T} 05 {P4} 01 00 11 05 00000002 00000002 00000002 00000002 01 00",
        CurrentAssignment(GROUP, MEMBER, 2, "stable", {TOPIC: (0, 1, 2, 3)}, {}, 0),
    ),
    (
        f"0008 {K} {M1}",
        f"0000 00000002 00000002 01 02 {T} 03 00000000 00000001 01 00 09 03 00000002 00000002 "
        f"02 {T} 03 00000002 00000003 01 00 09 03 00000002 00000002 00",
        CurrentAssignment(GROUP, MEMBER, 2, "revoking", {TOPIC: (0, 1)}, {TOPIC: (2, 3)}, 2),
    ),
    (
        f"0008 {K} {M1}",
        "0000 00000003 00000000 02 01 01 00",
        CurrentAssignment(GROUP, MEMBER, 3, "waiting", {}, {}, 0),
    ),
    (
        f"0008 {K} {M1}",
        "0000 fffffffe 00000002 00 01 01 00",
        CurrentAssignment(GROUP, MEMBER, -2, "stable", {}, {}, 2),
    ),
    (f"0008 {K} {M1}", None, CurrentAssignment(GROUP, MEMBER)),
    (f"0004 {K}", None, Touched(GROUP, 4)),
    (
        f"0010 {K} 0003 6f2e2a",
        "0000 02 037431 0000000000000007 000001a20ae2fcdd 00",
        PatternResolved(GROUP, "o.*", ("t1",)),
    ),
    (f"0010 {K} 0003 6f2e2a", None, PatternResolved(GROUP, "o.*", None)),
    *[
        (
            f"{record_type:04x} 0003736831 {SHARE_MEMBER if record_type in (10, 13, 14) else ''}",
            value,
            Touched("sh1", record_type),
        )
        for record_type, value in SHARE
    ],
    *[
        (f"{record_type:04x} 0003736831 0003 6d2d31", value, Touched("sh1", record_type))
        for record_type in range(17, 25)
        for value in ("0000 00", None)
    ],
]
WRITTEN = [
    *[("00010002676d0002743100000000", value) for value in COMMITS],
    *[("0002 0002676d", value) for value in (CLASSIC_V3, CLASSIC_V4)],
    *[(key, value) for key, value, _ in GROUP_VECTORS if value is not None],
]


@pytest.mark.parametrize(("key", "value", "event"), GROUP_VECTORS)
def test_it_reads_what_kafka_wrote(key: str, value: str | None, event: object) -> None:
    assert decode(unhex(key), None if value is None else unhex(value)) == event


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"x"),
        (b"", b"x"),
        (b"\0", b"x"),
        (b"\0\x63\0\1a", b"\0\0"),
        (b"\xff\xff", b"\0\0"),
        (COMMIT_KEY, b"\0\5" + bytes(30)),
        (COMMIT_KEY, b"\0\4\0"),
        (COMMIT_KEY, b""),
        (unhex("0002 0002676d"), b"\0\5" + bytes(30)),
        (unhex(f"0007 {K} {M1}"), unhex(f"0000 02 {T} ffffffff0f 00")),
    ],
)
def test_what_it_cannot_read_is_counted_and_never_fatal(key: bytes | None, value: bytes | None) -> None:
    assert isinstance(decode(key, value), Unknown)


BYTES = st.binary(max_size=120)


@given(st.integers(0, 30), BYTES, st.none() | BYTES)
def test_no_bytes_make_it_raise(record_type: int, rest: bytes, value: bytes | None) -> None:
    key = record_type.to_bytes(2, "big") + rest
    decode(key, value)
    place(key)
    position(value or b"")


@given(st.data())
def test_no_damage_to_what_kafka_wrote_makes_it_raise(data: st.DataObject) -> None:
    key, value = (bytearray(unhex(text)) for text in data.draw(st.sampled_from(WRITTEN)))
    for _ in range(data.draw(st.integers(1, 3))):
        hurt = data.draw(st.sampled_from((key, value)))
        hurt[data.draw(st.integers(0, len(hurt) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(value)))
    for damaged in (value, value[:cut]):
        decode(bytes(key), bytes(damaged))
        place(bytes(key))
        position(bytes(damaged))


@given(st.sampled_from(COMMITS), st.integers(0, 200), st.integers(0, 255))
def test_the_short_way_to_a_position_says_what_the_long_one_does(vector: str, at: int, byte: int) -> None:
    value = bytearray(unhex(vector))
    value[at % len(value)] = byte
    event = decode(COMMIT_KEY, bytes(value))
    if isinstance(event, OffsetCommitted):
        assert position(bytes(value)) == (event.offset, event.at)
