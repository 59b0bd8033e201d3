"""How alike reports, and groups of them, are in what sets them apart from those around them."""

from adapters.embedder.builtin import BuiltinEmbedder
from knowledge.contrast import Contrasts

AROUND = (
    "the nightly backup of the wiki fails with disk full",
    "my laptop does not find the printer on the third floor",
    "the build is broken since the compiler update",
    "search returns nothing for part numbers",
    "the calendar shows the wrong time zone",
)


async def test_circumstances_make_two_reports_no_more_alike() -> None:
    contrasts = Contrasts(BuiltinEmbedder())
    one, other = "payment by card is declined", "the uploaded file is damaged"
    [bare] = await contrasts.likeness(one, [other], ["x"])
    told = [f"Hello team, urgent: {text}, started minutes ago for all our customers" for text in (one, other)]
    [with_circumstances] = await contrasts.likeness(told[0], [told[1]], ["x"])
    assert with_circumstances == bare < 0.1


async def test_groups_that_say_one_thing_in_other_words_are_more_alike_than_those_that_do_not() -> None:
    contrasts = Contrasts(BuiltinEmbedder())
    said = {
        "a": ("checkout answers 502, nobody can pay", "card payments fail with PAY-1203", "charges fail with a 502"),
        "b": ("paying by card gives PAY-1203", "every charge ends in a 502", "the payment step of the checkout fails"),
        "c": ("file upload hangs at 99%", "attachments time out while uploading", "uploading a document never ends"),
    }
    texts = [text for found in said.values() for text in found] + list(AROUND)
    groups = [name for name, found in said.items() for _ in found] + [f"single {n}" for n in range(len(AROUND))]
    alike = await contrasts.alike(texts, groups, one="a", among=("b", "c"))
    assert alike["b"] >= 0.3
    assert 0.0 <= alike["c"] < 0.1
    assert await contrasts.alike(texts, groups, one="a", among=()) == {}
