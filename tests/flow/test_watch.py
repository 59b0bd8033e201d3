"""Watch rules on the whole engine in memory: who is told what, when, how often, and what never leaves a channel."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.world import CHANNEL, World, world
from vigil_bot.model.card import Card, CardKind, LinksBlock
from vigil_bot.model.conversation import Author, AuthorKind, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.policy import Mode
from vigil_bot.model.watch import WatchOutcome

ANGRY = "This is unacceptable, we have been waiting for three days!"
ALERTS = replace(CHANNEL, channel_id="alerts")
HOUR_S = 3600.0


@pytest.fixture
async def there() -> AsyncIterator[World]:
    """A channel in which an analyst has written."""
    async with world() as it:
        await it.say("I am on call today, shout if something breaks.", by="anna", role=Role.ANALYST)
        yield it


async def alerts(it: World, channel: str = "alerts") -> list[Card]:
    """What stands in a channel, once its own turn has come."""
    await it.engine.worker.drain()
    return [c for ref, c in it.chat.cards.values() if ref.channel_id == channel and c.kind is CardKind.NOTICE]


def whispers(it: World) -> list[tuple[str, Card]]:
    return [
        (reader, card) for reader, card in it.chat.whispers if "watch rule" in card.footer or "关注规则" in card.footer
    ]


async def added(it: World, rule: str) -> None:
    card = await it.command(f"watch add {rule}")
    assert card.title.startswith("Watching"), card.text


async def by_requester(it: World, text: str, *, thread: str | None = None) -> Card:
    ref, author = replace(CHANNEL, thread_id=thread), Author(id="rita", role=Role.REQUESTER)
    return await it.engine.commands.run(CommandInvoked(conversation=ref, author=author, text=text, at=it.clock.now()))


async def outcomes(it: World, message_id: str, thread: str) -> list[WatchOutcome]:
    key = replace(CHANNEL, thread_id=thread).key
    return [one.outcome for one in await it.parts.store.watches.watched_on(key, message_id)]


async def test_an_angry_customer_is_told_to_the_analysts_alone(there: World) -> None:
    await added(there, "angry_customer")
    said = await there.say(ANGRY)
    [(reader, card)] = whispers(there)
    assert reader == "anna"
    assert card.title == "P1: angry_customer"
    assert ANGRY in card.text
    assert "https://chat.test/" in card.text
    assert await alerts(there, CHANNEL.channel_id) == []
    why = await there.command("why", thread=said.id)
    assert "angry_customer (P1): alerted" in why.text
    assert "sent" in why.text


async def test_an_alert_speaks_the_language_of_the_message(there: World) -> None:
    await added(there, "angry_customer")
    await there.say("太差劲了，等了三天都没人处理，我要投诉你们")
    [(_, card)] = whispers(there)
    assert card.title == "P1：angry_customer"
    assert "打开话题" in card.text


async def test_nobody_else_sees_what_came_of_a_rule_or_the_rules(there: World) -> None:
    await added(there, "angry_customer")
    said = await there.say(ANGRY)
    await there.say("anna here", by="anna", role=Role.ANALYST)
    asked = await by_requester(there, "why", thread=said.id)
    assert "angry_customer" not in asked.text
    assert "Only analysts" in (await there.command("watch", by="stranger")).text
    for words in ("watch", "watch show angry_customer", "watch add x /y/", "watch test angry_customer"):
        refused = await by_requester(there, words)
        assert "Only analysts" in refused.text


async def test_a_rule_is_silent_in_its_thread_and_not_in_another(there: World) -> None:
    await added(there, "down P1 /is down/ silence=1h")
    first = await there.say("the api is down")
    again = await there.say("it is down, still", thread=first.id)
    await there.say("the shop is down")
    assert len(whispers(there)) == 2
    assert await outcomes(there, again.id, first.id) == [WatchOutcome.SILENCED]
    await there.wait(HOUR_S)
    await there.say("now it is down again", thread=first.id)
    assert len(whispers(there)) == 3


async def test_a_lower_level_never_silences_a_higher_one(there: World) -> None:
    await added(there, "down P2 /is down/ silence=1d")
    await added(there, "money P0 /losing money/")
    first = await there.say("the api is down")
    await there.say("it is down and we are losing money", thread=first.id)
    assert [card.title for _, card in whispers(there)] == ["P2: down", "P0: money"]
    await there.command("watch edit down level=P0")
    await there.say("it is down", thread=first.id)
    assert [card.title for _, card in whispers(there)][2:] == ["P0: down"]
    await there.say("it is down", thread=first.id)
    assert len(whispers(there)) == 3


async def test_rules_that_match_one_message_are_told_in_one_alert(there: World) -> None:
    await added(there, "down P2 /is down/")
    await added(there, "money P0 /losing money/")
    await there.say("it is down and we are losing money")
    [(_, card)] = whispers(there)
    assert card.title == "P0: money"
    assert "`down`" in card.text


async def test_a_filter_keeps_back_rules_up_to_its_own_level(there: World) -> None:
    await added(there, "test_environment level=P1")
    await added(there, "down P1 /is down/")
    await added(there, "money P0 /losing money/")
    first = await there.say("on our staging cluster the login fails")
    second = await there.say("now the api is down as well", thread=first.id)
    assert whispers(there) == []
    assert await outcomes(there, second.id, first.id) == [WatchOutcome.FILTERED]
    await there.say("and we are losing money", thread=first.id)
    assert [card.title for _, card in whispers(there)] == ["P0: money"]
    await there.say("production is down too, it is not just staging", thread=first.id)
    assert [card.title for _, card in whispers(there)][1:] == ["P1: down"]


async def test_many_customers_are_counted_as_people_who_report_the_same(there: World) -> None:
    await added(there, "many_customers to=#alerts")
    problem = "why can't I log in to the portal? it shows error 500"
    await there.say(problem, by="rita")
    await there.say(problem, by="rita")
    await there.say("how do I export my invoices as a spreadsheet?", by="otto")
    await there.say("the portal login shows error 500, how can I log in?", by="ravi")
    assert await alerts(there) == []
    third = await there.say("cannot log in to the portal since noon, error 500, what can I do?", by="rosa")
    [card] = await alerts(there)
    assert "3 people in 30 min" in card.text
    [links] = [block for block in card.blocks if isinstance(block, LinksBlock)]
    assert links.links[0].url == third.permalink
    await there.say("I can not log in to the portal either, error 500, help?", by="li")
    assert len(await alerts(there)) == 1


async def test_people_who_come_too_late_are_not_counted(there: World) -> None:
    await added(there, "down P0 /is down/ needs=2 of=people within=10m")
    await there.say("the api is down", by="rita")
    await there.wait(HOUR_S)
    late = await there.say("the api is down", by="ravi")
    assert whispers(there) == []
    assert await outcomes(there, late.id, late.id) == [WatchOutcome.TOO_FEW]


async def test_many_regions_are_counted_by_their_names(there: World) -> None:
    await added(there, "many_regions")
    await there.say("why does the api time out in us-east-1?", by="rita")
    assert whispers(there) == []
    await there.say("新加坡节点的接口也超时，怎么办？", by="ravi")
    assert [card.title for _, card in whispers(there)] == ["P0：many_regions"]


async def test_a_named_customer_is_known_by_name_and_by_what_they_write(there: World) -> None:
    refused = await there.command("watch add vip")
    assert "give it something to look for" in refused.text
    await added(there, 'vip names="Acme, rita"')
    await there.say("hello, how do I reset my token?", by="rita")
    await there.say("we at ACME need help", by="bob")
    await there.say("the acmeology course is fun", by="bob")
    assert len(whispers(there)) == 2


async def test_words_go_to_another_channel_only_where_they_may(there: World) -> None:
    await added(there, "down P1 /is down/ to=#alerts")
    await added(there, "money P0 /losing money/ to=#alerts quote=yes")
    await there.say("the api is down, password hunter2 for host db-7")
    [bare] = await alerts(there)
    assert "db-7" not in bare.text
    assert "https://chat.test/" in bare.text
    said = await there.say("we are losing money at shop 9")
    quoted = (await alerts(there))[-1]
    assert "shop 9" in quoted.text
    why = await there.command("why", thread=said.id)
    assert "alerted" in why.text


async def test_a_channel_for_itself_never_quotes_and_another_workspace_is_never_told(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[default]\naudience = "channel"\n[default.watch.down]\npattern = "is down"\nto = "#alerts"\nquote = true\n'
    )
    async with world(policy_file=policy) as it:
        said = await it.say("the api is down at shop 9")
        [card] = await alerts(it)
        assert "shop 9" not in card.text
        assert "link without the words" in (await it.command("why", thread=said.id)).text
        refused = await it.command("watch add money /money/ to=#alerts quote=yes")
        assert "for this channel alone" in refused.text
        await it.command("watch add far /is gone/ to=#test/elsewhere/alerts")
        gone = await it.say("the api is gone")
        assert await outcomes(it, gone.id, gone.id) == [WatchOutcome.WITHHELD]
        assert len(await alerts(it)) == 1
        assert "another workspace" in (await it.command("why", thread=gone.id)).text


async def test_a_person_who_never_wrote_here_gets_the_link_alone(there: World) -> None:
    await added(there, "down P1 /is down/ to=@boss")
    await added(there, "money P1 /losing money/ to=@anna")
    await there.say("the api is down at shop 9")
    await there.say("we are losing money at shop 9")
    [(boss, bare), (anna, card)] = whispers(there)
    assert (boss, anna) == ("boss", "anna")
    assert "shop 9" not in bare.text
    assert "shop 9" in card.text


async def test_secrets_are_taken_out_of_what_is_quoted(there: World) -> None:
    await added(there, "down P1 /is down/")
    await there.say("the api is down, token ghp_16C7e42F292c6912E7710c838347Ae178B4a works no more")
    [(_, card)] = whispers(there)
    assert "ghp_16C7e42F292c6912E7710c838347Ae178B4a" not in card.text


async def test_off_is_off_and_shadow_only_records() -> None:
    async with world(Mode.SHADOW) as it:
        await it.say("hi", by="anna", role=Role.ANALYST)
        card = await it.command("watch add down P0 /is down/ to=#alerts")
        assert "send none" in card.text
        said = await it.say("the api is down")
        assert await outcomes(it, said.id, said.id) == [WatchOutcome.NOT_SENT]
        await it.command("mode off")
        silent = await it.say("the api is down")
        assert await outcomes(it, silent.id, silent.id) == []
        await it.command("mode private")
        await it.say("the api is down")
        assert len(await alerts(it)) == 1


async def test_a_mute_holds_where_the_alert_would_be_seen(there: World) -> None:
    await added(there, "down P1 /is down/")
    await added(there, "gone P1 /is gone/ to=#alerts")
    first = await there.say("hello")
    await there.say("vigil be quiet", thread=first.id)
    muted = await there.say("the api is down", thread=first.id)
    assert whispers(there) == []
    assert await outcomes(there, muted.id, first.id) == [WatchOutcome.MUTED]
    await there.say("the api is gone", thread=first.id)
    assert len(await alerts(there)) == 1


async def test_a_rule_is_muted_and_speaks_again(there: World) -> None:
    await added(there, "down P1 /is down/")
    assert "is muted" in (await there.command("watch mute down 2h")).title
    assert "muted" in (await there.command("watch")).text
    await there.say("the api is down")
    assert whispers(there) == []
    await there.wait(2 * HOUR_S)
    await there.say("the api is down")
    assert len(whispers(there)) == 1
    await there.command("watch mute down")
    assert "not muted any more" in (await there.command("watch unmute down")).title
    await there.say("the api is down")
    assert len(whispers(there)) == 2


async def test_an_alert_is_sent_once_though_the_platform_fails(there: World) -> None:
    await added(there, "down P0 /is down/ to=#alerts")
    there.chat.lose_answers = 1
    await there.say("the api is down")
    await there.wait(600)
    assert len(await alerts(there)) == 1
    there.chat.fail_next = 2
    await there.say("the shop is down")
    await there.wait(600)
    assert len(await alerts(there)) == 2


async def test_an_edit_is_looked_at_and_alerts_once(there: World) -> None:
    await added(there, "down P0 /is down/ silence=0")
    said = await there.say("the api is slow")
    await there.edit(said, "the api is down")
    await there.edit(said, "the api is down!")
    assert len(whispers(there)) == 1


async def test_an_alert_goes_when_its_message_is_deleted(there: World) -> None:
    await added(there, "down P0 /is down/ to=#alerts")
    said = await there.say("the api is down")
    assert len(await alerts(there)) == 1
    await there.delete(said)
    await there.wait(1)
    assert await alerts(there) == []


async def test_what_analysts_bots_and_history_say_is_left_alone(there: World) -> None:
    await added(there, "down P0 /is down/")
    await there.say("yes, it is down", by="anna", role=Role.ANALYST)
    await there.say("it is down", by="alerter", kind=AuthorKind.BOT)
    await there.say("it is down", ago_s=3 * 86_400.0)
    assert whispers(there) == []
    await there.command("watch edit down speaker=anyone")
    await there.say("yes, it is down", by="anna", role=Role.ANALYST)
    assert len(whispers(there)) == 1


async def test_rules_of_the_policy_file_are_read_only_in_chat(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[default.watch.down]\nlevel = "P0"\npattern = "is down"\nto = "#alerts"\n')
    async with world(policy_file=policy) as it:
        assert "from the policy file" in (await it.command("watch")).text
        for words in ("add down /x/", "edit down level=P2", "remove down"):
            assert "policy file" in (await it.command(f"watch {words}")).text
        await it.command("watch mute down")
        await it.say("the api is down")
        assert await alerts(it) == []
        await it.command("watch unmute down")
        await it.say("the api is down")
        assert len(await alerts(it)) == 1
        policy.write_text('[default.watch.down]\nlevel = "P0"\npattern = "is (down"\nto = "#alerts"\n')
        assert not it.parts.policies.reload()
        await it.say("the api is down")
        assert len(await alerts(it)) == 2


async def test_a_rule_is_tried_out_on_what_was_said(there: World) -> None:
    await there.say("the api is down")
    await there.say("all is well")
    await there.say("now the shop is down")
    await added(there, "down P0 /is down/ needs=2 of=people")
    tested = await there.command("watch test down")
    assert "Matched: 2" in tested.text
    assert "Would have raised an alert, but for silence: 0" in tested.text
    await there.command("watch edit down needs=1")
    tested = await there.command("watch test down 2")
    assert "Messages looked at: 2" in tested.text
    assert "Would have raised an alert, but for silence: 1" in tested.text
    assert whispers(there) == []


async def test_rules_are_listed_changed_and_removed(there: World) -> None:
    assert "angry_customer" in (await there.command("watch")).text
    await added(there, "down P1 /is down/")
    assert "already" in (await there.command("watch add down /x/")).text
    assert "P1, detect, /is down/" in (await there.command("watch list")).text
    await there.command("watch edit down level=P0 to=#alerts within=2h")
    assert "#alerts" in (await there.command("watch show down")).text
    assert (await there.command("watch remove down")).title == "Removed: down"
    assert "no rule" in (await there.command("watch remove down")).text
    assert "switches it on" in (await there.command("watch show vip")).text
