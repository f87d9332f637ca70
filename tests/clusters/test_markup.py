from django.utils.html import format_html
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from clusters.markup import markup

VALUES = st.one_of(st.text(), st.integers(), st.none(), st.text().map(SafeString), st.just("<b class='x'>&amp;\"</b>"))


@given(VALUES, VALUES)
def test_it_escapes_as_django_does(one: object, other: object) -> None:
    made = markup("<i title='{}'>{name}</i>", one, name=other)
    assert made == format_html("<i title='{}'>{name}</i>", one, name=other)
    assert isinstance(made, SafeString)


def test_what_is_made_of_it_is_not_escaped_twice() -> None:
    assert markup("<p>{}</p>", markup("<b>{}</b>", "<")) == "<p><b>&lt;</b></p>"
