"""What one shift hands to the next: asked for, addressed to somebody, and by itself at the times of the rota."""

from pathlib import Path

from tests.fakes.world import START, World, world
from vigil_bot.commands.handoff import CRON, due_shifts
from vigil_bot.model.card import LinksBlock
from vigil_bot.model.conversation import Role
from vigil_bot.model.policy import Policy
from vigil_bot.schedule import last_due

NINE = 9 * 60


def policy(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return path


async def open_case(w: World) -> str:
    asked = await w.say("the payments API returns 502 for every charge")
    await w.say("I'll check and get back to you in 2 hours", by="anna", role=Role.ANALYST, thread=asked.id)
    return asked.id


async def tick(w: World) -> None:
    """Run the job as its schedule does, and send what it intends."""
    job = next(job for job in w.engine.jobs if job.name == "handoff")
    due = last_due(CRON, now=w.clock.now())
    assert due is not None
    await job.run(due)
    await w.engine.worker.drain()


def posted(w: World, channel: str) -> list[str]:
    return [card.text for ref, card in w.chat.cards.values() if ref.channel_id == channel and "Hand-off" in card.title]


async def test_it_is_posted_at_the_desk_when_a_shift_ends_once(tmp_path: Path) -> None:
    rules = '[default]\ndesk = "desk"\nhandoff_at = ["23:00", "11:00"]\n'  # the clock starts at 22:13
    async with world(policy_file=policy(tmp_path, rules)) as w:
        await open_case(w)
        await tick(w)
        assert posted(w, "desk") == []
        await w.wait(50 * 60.0)
        for _ in range(3):
            await tick(w)
            await w.wait(300.0)
        [text] = posted(w, "desk")
        assert text.startswith("Hand-off of oncall\n**Promised** (1)\nthe payments API returns 502 for every charge")
        assert "https://chat.test/m1" in text


async def test_people_who_take_over_are_shown_it_privately(tmp_path: Path) -> None:
    rules = '[default]\ndesk = "desk"\nhandoff_at = "23:00"\nhandoff_to = ["bo", "cy"]\n'
    async with world(policy_file=policy(tmp_path, rules)) as w:
        await open_case(w)
        await w.wait(50 * 60.0)
        await tick(w)
        assert posted(w, "desk") == []
        assert [reader for reader, card in w.chat.whispers if card.title == "Hand-off"] == ["bo", "cy"]


async def test_a_desk_that_may_not_read_the_channel_gets_links_without_words(tmp_path: Path) -> None:
    rules = '[default]\ndesk = "desk"\nhandoff_at = "23:00"\n[channel."test/w/oncall"]\naudience = "channel"\n'
    async with world(policy_file=policy(tmp_path, rules)) as w:
        await open_case(w)
        await w.wait(50 * 60.0)
        await tick(w)
        [text] = posted(w, "desk")
        assert "payments" not in text
        assert "https://chat.test/m1" in text


async def test_nothing_is_said_in_a_muted_channel_or_without_a_rota(tmp_path: Path) -> None:
    rules = '[default]\ndesk = "desk"\nhandoff_at = "23:00"\n'
    async with world(policy_file=policy(tmp_path, rules)) as w:
        await open_case(w)
        await w.command("mute channel")
        await w.wait(50 * 60.0)
        await tick(w)
        assert posted(w, "desk") == []
    async with world() as w:
        await open_case(w)
        await tick(w)
        assert not [card for _, card in w.chat.whispers if "Hand-off" in card.title]


async def test_it_is_addressed_to_a_person_who_reads_there() -> None:
    async with world() as w:
        await open_case(w)
        await w.say("morning all", by="bo", role=Role.ANALYST)
        card = await w.command("handoff @bo")
        await w.engine.worker.drain()
        assert card.title == "Handed over to @bo."
        [(reader, shown)] = [(reader, card) for reader, card in w.chat.whispers if "Hand-off" in card.title]
        assert (reader, shown.title) == ("bo", "Hand-off to you, from anna")
        assert any(isinstance(block, LinksBlock) for block in shown.blocks)


async def test_nobody_is_handed_what_they_are_not_known_to_read() -> None:
    async with world() as w:
        await open_case(w)
        assert "nobody of that name" in (await w.command("handoff @stranger")).text
        assert "to whom" in (await w.command("handoff tomorrow")).text
        await w.engine.worker.drain()
        assert not [card for _, card in w.chat.whispers if "Hand-off" in card.title]


def test_the_rota_is_in_the_zone_of_the_channel_and_each_shift_is_as_long_as_it_was() -> None:
    policy = Policy(zone="Europe/Berlin", handoff_at=(NINE, 21 * 60))
    day = START - START % 86_400.0  # midnight UTC, 14 November: Berlin is an hour ahead
    assert due_shifts(policy, now=day + 8 * 3600.0 - 1) == []
    assert due_shifts(policy, now=day + 8 * 3600.0) == [(day + 8 * 3600.0, 12 * 3600.0)]
    assert due_shifts(policy, now=day + 9 * 3600.0) == []
    alone = Policy(handoff_at=(NINE,))
    assert due_shifts(alone, now=day + 9 * 3600.0 + 60) == [(day + 9 * 3600.0, 86_400.0)]
    assert due_shifts(Policy(), now=day) == []
