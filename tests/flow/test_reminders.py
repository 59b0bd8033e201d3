"""What a case gets without a word from anybody: reminders, whom they reach, and the line that asks for what is missing."""

from pathlib import Path

from tests.fakes.world import ENTRY, QUESTION, SETTLE_S, World, world
from vigil_bot.model.card import CardKind, LinksBlock
from vigil_bot.model.conversation import Message, Role
from vigil_bot.model.knowledge import Audience, KnowledgeEntry

HOUR_S = 3600.0
STALLED = "This case has stalled"
UNANSWERED = "This question has no answer yet."
PROBLEM = "the VPN gateway rejects my token since this morning, how can I get in?"


def policy(folder: Path, *lines: str) -> Path:
    path = folder / "policy.toml"
    path.write_text("\n".join(("[default]", "mode = 'on'", "settle_s = 10.0", "update_after_s = 0", *lines)))
    return path


def whispered(w: World, title: str) -> list[str]:
    return [reader for reader, card in w.chat.whispers if card.title.startswith(title)]


async def taken_up(w: World, words: str = "I'll check the gateway logs and get back to you") -> Message:
    asked = await w.say(PROBLEM)
    await w.say(words, by="anna", role=Role.ANALYST, thread=asked.id)
    return asked


async def test_a_stalled_case_goes_to_its_owner_and_then_to_the_other_analysts(tmp_path: Path) -> None:
    async with world(policy_file=policy(tmp_path, "analysts = ['anna', 'bob', 'cora']")) as w:
        await taken_up(w)
        await w.wait(5 * HOUR_S)
        assert [reader for reader, _ in w.chat.whispers] == ["anna"]
        await w.wait(24 * HOUR_S)
        assert whispered(w, STALLED) == ["bob", "cora"]
        assert len(w.chat.whispers) == 3


async def test_a_promise_that_is_overdue_is_told_to_who_made_it_then_to_the_others_and_never_to_the_customer(
    tmp_path: Path,
) -> None:
    async with world(policy_file=policy(tmp_path, "analysts = ['anna', 'bob']")) as w:
        asked = await taken_up(w, "looking into it, ETA 30 min")
        await w.wait(HOUR_S)
        assert whispered(w, "You said that you would come back") == ["anna"]
        await w.wait(24 * HOUR_S)
        assert whispered(w, STALLED) == ["bob"]
        assert w.cards(asked.id, CardKind.NOTICE) == {}
        (card,) = w.cards(asked.id, CardKind.STATUS).values()
        assert "overdue" in card.text


async def test_a_question_that_nobody_takes_up_is_told_to_those_who_help_here_though_no_policy_names_them() -> None:
    async with world() as w:
        await w.say("good morning", by="anna", role=Role.ANALYST)
        await w.say(PROBLEM)
        await w.wait(24 * HOUR_S)
        assert whispered(w, UNANSWERED) == ["anna"]


async def test_where_there_is_a_desk_the_analysts_are_told_there(tmp_path: Path) -> None:
    async with world(policy_file=policy(tmp_path, "desk = 'desk'", "analysts = ['anna', 'bob']")) as w:
        asked = await taken_up(w)
        await w.wait(24 * HOUR_S)
        [card] = [card for ref, card in w.chat.cards.values() if ref.channel_id == "desk"]
        [link] = [link for block in card.blocks if isinstance(block, LinksBlock) for link in block.links]
        assert card.title.startswith(STALLED)
        assert (link.title, link.url) == (PROBLEM, asked.permalink)
        assert whispered(w, STALLED) == []


async def test_the_desk_of_a_private_channel_does_not_read_what_was_said_there(tmp_path: Path) -> None:
    async with world(policy_file=policy(tmp_path, "desk = 'desk'", "audience = 'channel'")) as w:
        asked = await w.say(PROBLEM)
        await w.wait(24 * HOUR_S)
        [card] = [card for ref, card in w.chat.cards.values() if ref.channel_id == "desk"]
        assert "VPN" not in card.text
        assert asked.permalink is not None
        assert asked.permalink in card.text


async def test_a_desk_that_silenced_us_hears_nothing(tmp_path: Path) -> None:
    rules = policy(tmp_path, "desk = 'desk'", "analysts = ['anna', 'bob']", '[channel."test/w/desk"]', "mode = 'off'")
    async with world(policy_file=rules) as w:
        await taken_up(w)
        await w.wait(24 * HOUR_S)
        assert not [ref for ref, _ in w.chat.cards.values() if ref.channel_id == "desk"]
        assert whispered(w, STALLED) == ["bob"]


async def test_the_card_does_not_name_a_case_that_has_turned_out_wrong() -> None:
    async with world() as w:
        await w.know(ENTRY)
        asked = await w.say(QUESTION)
        await w.wait(SETTLE_S + 1)
        await w.say("I'll restart the sidecars, ETA 30 min", by="anna", role=Role.ANALYST, thread=asked.id)
        await w.command("kb archive e1 because it is of an old cluster")
        await w.parts.learner.run(w.clock.now())
        await w.engine.worker.drain()
        (card,) = w.cards(asked.id, CardKind.STATUS).values()
        assert "Solved before" not in card.text


async def test_a_muted_thread_reminds_nobody() -> None:
    async with world() as w:
        asked = await taken_up(w)
        await w.command("mute", thread=asked.id)
        before = list(w.chat.whispers)
        await w.wait(48 * HOUR_S)
        assert w.chat.whispers == before


async def test_the_card_names_the_past_cases_that_people_were_pointed_to_until_they_are_taken_back() -> None:
    async with world() as w:
        await w.know(ENTRY)
        asked = await w.say(QUESTION)
        await w.wait(SETTLE_S + 1)
        await w.say("I'll restart the sidecars, ETA 30 min", by="anna", role=Role.ANALYST, thread=asked.id)
        (card,) = w.cards(asked.id, CardKind.STATUS).values()
        assert f"Solved before: {ENTRY.title}" in card.text

        (suggested,) = w.cards(asked.id)
        await w.react(suggested, "🗑️", thread=asked.id, by="anna")
        (card,) = w.cards(asked.id, CardKind.STATUS).values()
        assert "Solved before" not in card.text


# By default the error text, a request id and the environment are asked for when something fails with an error.
DEPLOY = "the deploy fails with an error, how do I fix it?"
USUAL = "the exact error text, a request id and the environment"
LEARNED = "the exact error text, the region and since when"
JOBS = ("nightly import", "weekly report", "mail sync", "search index", "backup")


def past_cases(audience: Audience | None = None) -> list[KnowledgeEntry]:
    """Return cases that were solved by the error's text, the region, and the time since when; none names a request id."""
    return [
        KnowledgeEntry(
            id=f"p{number}",
            title=f"the {job} fails with an error",
            issue=f"the {job} fails with an error in region eu-west-{number} since 10:15, it says: ImportError: no module",
            resolution=f"Give the {job} more memory and start it again.",
            audience=audience or Audience(),
        )
        for number, job in enumerate(JOBS)
    ]


async def asked_for(w: World) -> str:
    asked = await w.say(DEPLOY)
    await w.wait(SETTLE_S + 1)
    [line] = [card.title for ref, card in w.chat.cards.values() if ref.thread_id == asked.id and "?" in card.title]
    return line


async def test_what_is_asked_for_is_learned_from_five_past_cases_of_the_kind(tmp_path: Path) -> None:
    rules = policy(tmp_path, "ask_missing = true")
    async with world(policy_file=rules) as w:
        assert USUAL in await asked_for(w)
    async with world(policy_file=rules) as w:
        await w.know(*past_cases()[:4])
        assert USUAL in await asked_for(w)
    async with world(policy_file=rules) as w:
        await w.know(*past_cases())
        assert LEARNED in await asked_for(w)


async def test_cases_that_nobody_here_may_see_teach_nothing_here(tmp_path: Path) -> None:
    async with world(policy_file=policy(tmp_path, "ask_missing = true")) as w:
        await w.know(*past_cases(Audience(workspace="w", channels=("elsewhere",))))
        assert USUAL in await asked_for(w)


async def test_the_card_names_what_is_missing_though_nobody_was_asked_for_it() -> None:
    async with world() as w:
        asked = await w.say(DEPLOY)
        await w.wait(SETTLE_S + 1)
        assert w.cards(asked.id, CardKind.NOTICE) == {}
        await w.say("I'll have a look", by="anna", role=Role.ANALYST, thread=asked.id)
        (card,) = w.cards(asked.id, CardKind.STATUS).values()
        assert USUAL.replace(" and ", ", ") in card.text

        await w.say("request id: 8f14e45fceea167a5a36dedd4bea2543, in production", thread=asked.id)
        (card,) = w.cards(asked.id, CardKind.STATUS).values()
        assert "request id" not in card.text
        assert "the exact error text" in card.text
