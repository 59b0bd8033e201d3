"""Reports of one fault in many threads are linked, told once, undone by people, and each hears of the solution."""

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.fakes.world import CHANNEL, START, World, world
from vigil_bot.model.card import Card, CardKind, LinksBlock, QuoteBlock
from vigil_bot.model.case import Case
from vigil_bot.model.conversation import Author, Message, Role
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.policy import Mode, Mute, MuteScope

REPORTS = (
    "the payments API returns 502 for every charge",
    "all our charges fail with a 502 from the payments API",
    "payments: 502 on each charge, is the API down?",
    "payments API is broken, every charge gets a 502",
)
OTHERS = ("the nightly backup of wiki fails with disk full", "how do I add a user to the mailing list?")
ANSWER = "A bad deploy. Roll the payments gateway back to 4.2 and restart it."


async def reported(w: World, count: int = 3) -> list[Message]:
    """Have customers report a fault, each in a thread, and everybody look at it."""
    for text in OTHERS:
        await w.say(text, by="other")
    threads = [await w.say(text, by=f"rita{n}") for n, text in enumerate(REPORTS[:count])]
    await w.wait(1.0)
    return threads


async def case_of(w: World, thread: Message) -> Case:
    case = await w.parts.store.cases.case(thread.conversation.key)
    assert case is not None
    return case


async def solved(w: World, thread: Message) -> None:
    await w.say(ANSWER, by="anna", role=Role.ANALYST, thread=thread.id)
    await w.say("that worked, thanks!", by=thread.author.id, thread=thread.id)
    await w.wait(1.0)


async def working(w: World, text: str, *, thread: str) -> Card:
    """Give a command while intake and worker run, as it waits for its turn."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(w.engine.intake.run()), group.create_task(w.engine.worker.run())]
        card = await w.command(text, thread=thread)
        for task in running:
            task.cancel()
    return card


def with_title(w: World, start: str) -> list[tuple[str | None, Card]]:
    return [(ref.thread_id, card) for ref, card in w.chat.cards.values() if card.title.startswith(start)]


def told(w: World) -> list[tuple[str | None, Card]]:
    return with_title(w, "The same problem was solved")


def policy(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return path


async def test_threads_that_report_one_fault_are_linked_and_others_are_not() -> None:
    async with world() as w:
        threads = await reported(w)
        cases = [await case_of(w, thread) for thread in threads]
        assert len({case.cluster for case in cases}) == 1
        assert [case.related_count for case in cases] == [2, 2, 2]
        links = {related.permalink for related in cases[0].related}
        assert links == {threads[1].permalink, threads[2].permalink}
        backup = await w.parts.store.cases.case("test/w/oncall/m1")
        assert backup is not None
        assert backup.cluster is None


async def test_status_names_the_other_threads() -> None:
    async with world() as w:
        threads = await reported(w)
        card = await w.command("status", thread=threads[0].id)
        assert "Same problem: 2 other threads" in card.text
        links = [link.url for block in card.blocks if isinstance(block, LinksBlock) for link in block.links]
        assert links == [threads[1].permalink, threads[2].permalink]


async def test_analysts_are_told_once_in_one_message_that_grows(tmp_path: Path) -> None:
    async with world(policy_file=policy(tmp_path, '[default]\ndesk = "desk"\n')) as w:
        threads = await reported(w, 2)
        assert with_title(w, "2 threads") == []
        threads.append(await w.say(REPORTS[2], by="rita2"))
        await w.wait(1.0)
        [(thread, card)] = with_title(w, "3 threads report the same problem")
        assert thread is None
        links = [link.url for block in card.blocks if isinstance(block, LinksBlock) for link in block.links]
        assert links == [thread.permalink for thread in threads]
        await w.say(REPORTS[3], by="rita3")
        await w.wait(1.0)
        notices = [card.title for ref, card in w.chat.cards.values() if ref.channel_id == "desk"]
        assert notices == ["4 threads report the same problem"]


async def test_without_a_desk_the_analysts_of_the_channel_are_told_privately(tmp_path: Path) -> None:
    async with world(policy_file=policy(tmp_path, '[default]\nanalysts = ["anna"]\n')) as w:
        await reported(w, 4)
        shown = [(reader, card.title) for reader, card in w.chat.whispers]
        assert shown == [("anna", "3 threads report the same problem")]


async def test_when_it_is_solved_every_linked_thread_hears_it_once() -> None:
    async with world() as w:
        threads = await reported(w)
        await solved(w, threads[0])
        await w.wait(3600.0)
        assert sorted(thread for thread, _ in told(w) if thread) == [threads[1].id, threads[2].id]
        _, card = told(w)[0]
        assert [block.text for block in card.blocks if isinstance(block, QuoteBlock)] == [ANSWER]
        [link] = [link for block in card.blocks if isinstance(block, LinksBlock) for link in block.links]
        assert link.url == "https://chat.test/m6"
        assert not (await case_of(w, threads[1])).state.over


async def test_a_report_that_comes_after_the_solution_hears_it_too() -> None:
    async with world() as w:
        threads = await reported(w)
        await solved(w, threads[0])
        late = await w.say(REPORTS[3], by="rita3")
        await w.wait(1.0)
        assert late.id in [thread for thread, _ in told(w)]


async def test_a_thread_that_is_over_or_muted_hears_nothing() -> None:
    async with world() as w:
        threads = await reported(w)
        await w.command("mute thread", thread=threads[1].id)
        await solved(w, threads[0])
        assert [thread for thread, _ in told(w)] == [threads[2].id]


async def test_a_person_who_is_muted_hears_nothing() -> None:
    async with world() as w:
        threads = await reported(w)
        target = f"{CHANNEL.key}#{threads[1].author.id}"
        await w.parts.store.ledger.mute(Mute(scope=MuteScope.USER, target=target, by="rita1", at=START))
        await solved(w, threads[0])
        assert [thread for thread, _ in told(w)] == [threads[2].id]


async def test_quiet_hours_put_the_solution_off(tmp_path: Path) -> None:
    hours = '[default]\nquiet_hours = "22:00-23:00"\n'  # the clock starts at 22:13
    async with world(policy_file=policy(tmp_path, hours)) as w:
        threads = await reported(w)
        await solved(w, threads[0])
        assert told(w) == []
        await w.wait(3600.0)
        assert len(told(w)) == 2


async def test_in_private_mode_only_analysts_see_the_solution(tmp_path: Path) -> None:
    async with world(Mode.PRIVATE, policy_file=policy(tmp_path, '[default]\nanalysts = ["anna"]\n')) as w:
        threads = await reported(w)
        await solved(w, threads[0])
        assert told(w) == []
        shown = [who for who, card in w.chat.whispers if card.title.startswith("The same")]
        assert shown == ["anna", "anna"]


async def test_in_shadow_mode_links_are_kept_and_nothing_is_said() -> None:
    async with world(Mode.SHADOW) as w:
        threads = await reported(w)
        await solved(w, threads[0])
        assert (await case_of(w, threads[1])).related_count == 2
        assert not w.chat.cards
        assert not w.chat.whispers


async def test_a_case_solved_without_an_answer_tells_nobody_else() -> None:
    async with world() as w:
        threads = await reported(w)
        await w.say("never mind, solved it", by="rita0", thread=threads[0].id)
        await w.wait(1.0)
        assert (await case_of(w, threads[0])).state.over
        assert told(w) == []


async def test_channels_whose_words_stay_there_are_never_linked_with_others(tmp_path: Path) -> None:
    rules = '[channel."test/w/oncall"]\naudience = "channel"\n'
    async with world(policy_file=policy(tmp_path, rules)) as w:
        threads = await reported(w)
        ref = replace(CHANNEL, channel_id="acme", thread_id="x1")
        message = Message(
            id="x1", conversation=ref, author=Author(id="adam"), text=REPORTS[3], sent_at=w.clock.now() + 1
        )
        w.clock.advance(1.0)
        await w.happens(MessagePosted(message=message))
        assert (await case_of(w, message)).cluster is None
        assert (await case_of(w, threads[0])).related_count == 2


async def test_a_person_takes_a_thread_out_and_it_stays_out() -> None:
    async with world() as w:
        threads = await reported(w, 4)
        card = await working(w, "unlink", thread=threads[0].id)
        assert card.title == "Not linked any more."
        await w.wait(1.0)
        assert (await case_of(w, threads[1])).related_count == 2
        await w.say("and it is still the payments API with 502 on every charge", by="rita0", thread=threads[0].id)
        assert (await case_of(w, threads[0])).cluster is None
        await solved(w, threads[1])
        assert threads[0].id not in [thread for thread, _ in told(w)]


async def test_the_button_on_the_card_takes_a_thread_out() -> None:
    async with world() as w:
        threads = await reported(w)
        await w.say("looking into it", by="anna", role=Role.ANALYST, thread=threads[0].id)
        [(message_id, card)] = w.cards(threads[0].id, CardKind.STATUS).items()
        button = next(button for button in card.buttons if button.action == "unlink")
        await w.press(message_id, button.action, button.value, thread=threads[0].id)
        assert (await case_of(w, threads[0])).cluster is None
        [(_, card)] = w.cards(threads[0].id, CardKind.STATUS).items()
        assert "Same problem" not in card.text


async def test_a_person_links_what_was_not_found_alike() -> None:
    async with world() as w:
        threads = await reported(w)
        odd = await w.say("our shop is dead in the water, nothing can be bought", by="olga")
        card = await working(w, f"link {threads[0].permalink}", thread=odd.id)
        assert card.title in ("Linked with 3 other threads.", "They are linked already.")
        await w.wait(1.0)
        assert (await case_of(w, odd)).cluster == (await case_of(w, threads[0])).cluster


async def test_linking_two_linked_threads_merges_what_they_are_linked_with() -> None:
    async with world() as w:
        threads = await reported(w, 2)
        mail = [
            await w.say("invitation mails are not delivered any more", by="m1"),
            await w.say("no invitation mails are delivered, the mails do not arrive", by="m2"),
        ]
        await w.wait(1.0)
        assert (await case_of(w, mail[0])).related_count == 1
        card = await working(w, f"link {threads[0].id}", thread=mail[0].id)
        assert card.title == "Linked with 3 other threads."
        await w.wait(1.0)
        assert len({(await case_of(w, one)).cluster for one in (*threads, *mail)}) == 1


async def test_where_two_notices_were_posted_one_is_left_when_a_person_merges(tmp_path: Path) -> None:
    mails = (
        "invitation mails are not delivered any more",
        "no invitation mails are delivered, the mails do not arrive",
    )
    async with world(policy_file=policy(tmp_path, '[default]\ndesk = "desk"\n')) as w:
        threads = await reported(w)
        mail = [await w.say(text, by=f"m{n}") for n, text in enumerate((*mails, mails[0]))]
        await w.wait(1.0)
        assert len(with_title(w, "3 threads report")) == 2
        await working(w, f"link {threads[0].id}", thread=mail[0].id)
        await w.wait(1.0)
        titles = [card.title for ref, card in w.chat.cards.values() if ref.channel_id == "desk"]
        assert titles == ["6 threads report the same problem", "These threads are linked otherwise now"]


async def test_the_notice_can_be_taken_apart_by_a_person(tmp_path: Path) -> None:
    async with world(policy_file=policy(tmp_path, '[default]\ndesk = "oncall"\n')) as w:
        threads = await reported(w)
        [(message_id, card)] = [(i, c) for i, (r, c) in w.chat.cards.items() if c.title.startswith("3 threads")]
        [button] = card.buttons
        await w.press(message_id, button.action, button.value, thread=threads[0].id, by="anna")
        await w.wait(1.0)
        assert [(await case_of(w, thread)).cluster for thread in threads] == [None, None, None]


async def test_when_the_solution_did_not_last_latecomers_are_not_told() -> None:
    async with world() as w:
        threads = await reported(w)
        await solved(w, threads[0])
        await w.say("it is broken again, still 502", by="rita0", thread=threads[0].id)
        late = await w.say(REPORTS[3], by="rita3")
        await w.wait(1.0)
        assert late.id not in [thread for thread, _ in told(w)]


async def test_a_deleted_answer_is_told_to_nobody(tmp_path: Path) -> None:
    hours = '[default]\nquiet_hours = "22:00-23:00"\n'
    async with world(policy_file=policy(tmp_path, hours)) as w:
        threads = await reported(w)
        answer = await w.say(ANSWER, by="anna", role=Role.ANALYST, thread=threads[0].id)
        await w.say("that worked, thanks!", by="rita0", thread=threads[0].id)
        await w.delete(answer)
        await w.wait(7200.0)
        assert told(w) == []


async def test_link_says_what_is_wrong() -> None:
    async with world() as w:
        threads = await reported(w)
        assert "which thread" in (await w.command("link", thread=threads[0].id)).text
        assert "no such thread" in (await w.command("link nowhere", thread=threads[0].id)).text
        assert "this thread" in (await w.command(f"link {threads[0].id}", thread=threads[0].id)).text
        assert "linked already" in (await w.command(f"link {threads[1].id}", thread=threads[0].id)).text
        assert "in a thread" in (await w.command(f"link {threads[1].id}")).text


async def test_two_clusters_that_turn_out_to_be_one_fault_become_one_without_another_notice(tmp_path: Path) -> None:
    said = (
        "checkout answers 502 in the shop",
        "the checkout of our shop answers 502",
        "card payments fail with PAY-1203",
        "all card payments fail, PAY-1203",
        "checkout answers 502 and card payments fail with PAY-1203",
        "in our shop checkout answers 502, card payments fail with PAY-1203",
        "checkout: 502, card payments: PAY-1203",
    )
    async with world(policy_file=policy(tmp_path, '[default]\ndesk = "desk"\n')) as w:
        for text in OTHERS:
            await w.say(text, by="other")
        threads = [await w.say(text, by=f"rita{n}") for n, text in enumerate(said[:6])]
        await w.wait(60.0)
        assert len({(await case_of(w, one)).cluster for one in threads}) == 2
        threads.append(await w.say(said[6], by="rita6"))
        await w.wait(60.0)
        cases = [await case_of(w, one) for one in threads]
        assert len({case.cluster for case in cases}) == 1
        assert [cases[n].related_count for n in (0, 1, 6)] == [6, 6, 6]  # those that moved, and the new one
        notices = [card.title for ref, card in w.chat.cards.values() if ref.channel_id == "desk"]
        assert notices == ["7 threads report the same problem"]
