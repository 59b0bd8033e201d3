from hypothesis import given
from hypothesis import strategies as st

from adapters.store.marks import marks_of, readable
from knowledge.audience import narrower, within
from vigil_bot.model.knowledge import Audience, Viewer

places = st.sampled_from(("C1", "C2", "C3"))
audiences = st.builds(
    Audience,
    workspace=st.sampled_from(("*", "T1", "T2")),
    channels=st.lists(places, max_size=3, unique=True).map(tuple),
    guests=st.booleans(),
)
viewers = st.builds(Viewer, workspace_id=st.sampled_from(("T1", "T2")), channel_id=places, guests=st.booleans())


@given(audiences, viewers)
def test_the_marks_of_an_entry_say_the_same_as_its_audience(audience: Audience, viewer: Viewer) -> None:
    assert bool(set(marks_of(audience).split()) & set(readable(viewer))) is audience.allows(viewer)


@given(audiences, audiences, viewers)
def test_what_rests_on_two_sources_is_for_those_who_may_see_both(
    one: Audience, other: Audience, viewer: Viewer
) -> None:
    both = narrower(one, other)
    shown = both is not None and both.allows(viewer)
    assert shown is (one.allows(viewer) and other.allows(viewer))


@given(audiences, audiences, viewers)
def test_everybody_within_an_audience_may_see_it(one: Audience, other: Audience, viewer: Viewer) -> None:
    if within(one, other) and one.allows(viewer):
        assert other.allows(viewer)
