from __future__ import annotations

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clusters.names import decode, encode

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(TEXT)
def test_any_name_survives_a_url(name):
    assert decode(encode(name)) == name


@given(TEXT)
def test_a_proxy_finds_nothing_to_unescape(name):
    assert set(encode(name)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.~-")
    assert not encode(name).startswith(".")


@pytest.mark.parametrize("text", ["~", "~4", "~zz", "~41", "~ff", "~C3", "a~2f", "."])
def test_what_was_never_written_so_is_refused(text):
    with pytest.raises(ValueError, match=r"tilde|decode"):
        decode(text)


def test_words_of_our_own_are_no_names():
    """A topic may be called like a page: the address of the one is never that of the other."""
    for word in ("create", "new", "partitions", "recent"):
        assert reverse("records:messages", args=["c", word]) != reverse("topics:list", args=["c"])
