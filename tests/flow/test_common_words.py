"""What everybody says in a channel is no reason to speak there; the same words in another channel may be."""

from dataclasses import replace

from tests.fakes.world import ENTRY, SETTLE_S, World, world
from vigil_bot.model.card import LinksBlock
from vigil_bot.model.conversation import Message

DAY_S = 86_400.0
KNOWN = replace(
    ENTRY,
    title="",
    issue="The build of a docker image stops on the build agent after the upgrade",
    resolution="Run `docker builder prune` on the build agent.",
)
VAGUE = "my docker image build stops, any idea what to do?"
TELLING = "my docker image build stops on the build agent since its upgrade, any idea what to do?"
TALK = (
    "the docker image build is green again",
    "who reviews my docker build change?",
    "docker image for the worker is out, its build took an hour",
    "when does the nightly build stop using that image?",
)


async def talk(on: World, *, days: int) -> None:
    for _ in range(days):
        for line in TALK:
            await on.say(line, by="oscar")
        await on.wait(DAY_S)


async def asked(on: World, question: str) -> Message:
    message = await on.say(question)
    await on.wait(SETTLE_S + 1)
    return message


async def test_it_speaks_where_the_words_are_rare() -> None:
    async with world() as on:
        await on.know(KNOWN)
        assert on.cards((await asked(on, VAGUE)).id)


async def test_it_is_silent_where_everybody_uses_them_and_says_why() -> None:
    async with world() as on:
        await on.know(KNOWN)
        await talk(on, days=60)
        vague = await asked(on, VAGUE)
        assert not on.cards(vague.id)
        card = await on.command(f"why {vague.id}")
        notes = [link.note for block in card.blocks if isinstance(block, LinksBlock) for link in block.links]
        assert any("words that everybody uses here" in note for note in notes)


async def test_what_sets_a_question_apart_is_still_answered_there() -> None:
    async with world() as on:
        await on.know(KNOWN)
        await talk(on, days=60)
        assert on.cards((await asked(on, TELLING)).id)


async def test_many_reports_of_one_day_do_not_make_their_words_common() -> None:
    async with world() as on:
        await on.know(KNOWN)
        for n in range(30):
            await on.say("docker image build stops here too", by=f"user-{n}")
        await on.wait(3_600)
        assert on.cards((await asked(on, VAGUE)).id)
