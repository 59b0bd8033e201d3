"""`/vigil why`: what a person reads about a question that was answered, about the answer itself, and about silence."""

from dataclasses import replace

from tests.fakes.world import ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.model.card import LinksBlock
from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.policy import Mode

UNTITLED = replace(ENTRY, id="e2", title="", issue="the coffee machine is cold", resolution="Switch it on.")


async def answered(on: World) -> tuple[Message, str]:
    asked = await on.say(QUESTION)
    await on.wait(SETTLE_S + 1)
    [post] = on.cards(asked.id)
    return asked, post


async def test_a_receipt_names_each_entry_and_why_it_was_not_used() -> None:
    async with world() as on:
        await on.know(ENTRY, UNTITLED)
        asked, _ = await answered(on)
        card = await on.command(f"why {asked.id}")
        considered = [link for block in card.blocks if isinstance(block, LinksBlock) for link in block.links]

        assert card.title == "I suggested an answer."
        assert [link.title for link in considered] == [ENTRY.title, UNTITLED.issue]
        assert "quoted" in considered[0].note
        assert "is below" in considered[1].note


async def test_a_share_of_the_draft_is_told_only_where_there_was_a_draft() -> None:
    async with world() as on:
        await on.know(ENTRY)
        asked, _ = await answered(on)
        assert "% of the draft" in (await on.command(f"why {asked.id}")).text
    async with world() as on:
        await on.know(UNTITLED)
        asked = await on.say(QUESTION)
        await on.wait(SETTLE_S + 1)
        told = (await on.command(f"why {asked.id}")).text
        assert "Best entry" in told
        assert "of the draft" not in told


async def test_why_on_a_suggestion_is_the_receipt_of_what_it_answers() -> None:
    async with world() as on:
        await on.know(ENTRY)
        asked, post = await answered(on)
        await shows(on, asked.conversation, post)
        assert (await on.command(f"why {post}")).text == (await on.command(f"why {asked.id}")).text


async def test_why_on_another_post_says_that_it_answers_nothing() -> None:
    async with world() as on:
        asked = await on.say(QUESTION)
        await shows(on, asked.conversation, "card-1")
        card = await on.command("why card-1")
        assert card.title == "I wrote that message."
        assert "answers no question" in card.text


async def test_what_was_not_posted_is_not_called_quoted() -> None:
    async with world(Mode.SHADOW) as on:
        await on.know(ENTRY)
        asked = await on.say(QUESTION)
        await on.wait(SETTLE_S + 1)
        card = await on.command(f"why {asked.id}")
        assert card.title == "I would have suggested an answer."
        assert "would have been quoted" in card.text


async def shows(on: World, thread: ConversationRef, post: str) -> None:
    """Let the platform tell us of a post of our own, as all of them do."""
    ours = Author(id="vigil", kind=AuthorKind.SELF)
    said = Message(id=post, conversation=thread, author=ours, text="...", sent_at=on.clock.now())
    await on.happens(MessagePosted(message=said))
