"""Watch rules, their mutes and their receipts are kept; alerts leave with the turn that raised them, once."""

from dataclasses import replace
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from adapters.store.schema import FOLDER
from adapters.store.store import Store
from tests.contract.samples import (
    ANN,
    CHANNEL,
    NOW,
    OTHER,
    RITA,
    THREAD,
    TTL_S,
    claim_one,
    deleted,
    message,
    post,
    posted,
    turn_of,
)
from tests.fakes.rules import FULL_RULE
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.policy import Mute, MuteScope
from vigil_bot.model.watch import (
    AlertPost,
    Level,
    RuleMute,
    Watched,
    WatchOutcome,
    WatchRule,
)
from vigil_bot.model.work import Outcome, PostState
from vigil_bot.ports.watching import Watches

ELSEWHERE = replace(CHANNEL, channel_id="C2")


def watches_of(store: Store) -> Watches:
    """The store fits its port: mypy checks it."""
    return store.watches


def receipt(
    rule: str = "down",
    *,
    at: float = NOW,
    outcome: WatchOutcome = WatchOutcome.ALERTED,
    scope: str = THREAD.key,
    message_id: str = "m1",
) -> Watched:
    return Watched(
        id=f"{message_id}@{at}/{rule}",
        rule=rule,
        level=Level.P1,
        scope=scope,
        conversation=THREAD.key,
        message_id=message_id,
        at=at,
        outcome=outcome,
        why="it says: down",
        posts=(AlertPost(key=f"watch/{rule}/{at}", conversation=CHANNEL.key),),
    )


async def commit(store: Store, outcome: Outcome, *, number: int = 1, now: float = NOW) -> None:
    await store.queue.append([posted(f"m{number}", at=now)], now=now)
    await turn_of(store.queue, outcome, now=now)


async def test_a_rule_comes_back_as_it_was_and_belongs_to_its_channel(store: Store) -> None:
    watches = watches_of(store)
    await watches.put_rule(THREAD, FULL_RULE)
    assert await watches.rules(CHANNEL) == [FULL_RULE]
    assert await watches.rules(ELSEWHERE) == []
    changed = replace(FULL_RULE, level=Level.P2)
    await watches.put_rule(CHANNEL, changed)
    await watches.put_rule(CHANNEL, WatchRule(name="a", pattern="x"))
    assert [rule.name for rule in await watches.rules(OTHER)] == ["a", FULL_RULE.name]
    assert (await watches.rules(OTHER))[1] == changed


async def test_a_removed_rule_is_gone_with_its_mute(store: Store) -> None:
    watches = watches_of(store)
    await watches.put_rule(CHANNEL, FULL_RULE)
    await watches.mute_rule(CHANNEL, RuleMute(rule=FULL_RULE.name, by="ann", at=NOW))
    assert await watches.remove_rule(CHANNEL, FULL_RULE.name)
    assert not await watches.remove_rule(CHANNEL, FULL_RULE.name)
    standing = await watches.standing(THREAD)
    assert (standing.rules, standing.mutes) == ((), ())


async def test_a_mute_is_replaced_and_ended(store: Store) -> None:
    watches = watches_of(store)
    await watches.mute_rule(CHANNEL, RuleMute(rule="down", by="ann", at=NOW))
    newer = RuleMute(rule="down", by="rob", at=NOW + 1, until=NOW + 60)
    await watches.mute_rule(CHANNEL, newer)
    assert (await watches.standing(THREAD)).mutes == (newer,)
    assert (await watches.standing(ELSEWHERE)).mutes == ()
    assert await watches.unmute_rule(CHANNEL, "down")
    assert not await watches.unmute_rule(CHANNEL, "down")


async def test_receipts_are_stored_with_the_turn_and_the_newest_alert_of_a_rule_is_known(store: Store) -> None:
    first, kept = receipt(), receipt("gone", outcome=WatchOutcome.FILTERED)
    wide = receipt("many", scope=CHANNEL.key)
    await commit(store, Outcome(watched=(first, kept, wide)))
    later = receipt(at=NOW + 9, message_id="m2")
    await commit(store, Outcome(watched=(later,)), number=2, now=NOW + 9)
    await commit(store, Outcome(watched=(first,)), number=3, now=NOW + 10)  # repeated: nothing changes
    watches = watches_of(store)
    assert (await watches.standing(THREAD)).alerts == (later, wide)
    assert (await watches.standing(OTHER)).alerts == (wide,)
    assert (await watches.standing(ELSEWHERE)).alerts == ()
    assert await watches.watched_on(THREAD.key, "m1") == [first, kept, wide]
    assert await watches.watched_on(OTHER.key, "m1") == []


async def test_an_alert_in_another_channel_waits_there_and_is_stored_once(store: Store) -> None:
    alert = post("watch/1", ref=ELSEWHERE)
    await store.queue.append([posted("m1"), posted("m2", ref=OTHER)], now=NOW)
    one, two = await store.queue.claim(owner="a", now=NOW, ttl_s=TTL_S, limit=8)
    assert await store.queue.commit(one, Outcome(posts=(alert,)), now=NOW) == ()
    assert await store.queue.commit(two, Outcome(posts=(alert,)), now=NOW) == ()
    assert await watches_of(store).deliveries(["watch/1", "watch/2"]) == {"watch/1": PostState.NEW}

    turn = await claim_one(store.queue)
    assert (turn.conversation, [one.key for one in turn.posts]) == (ELSEWHERE, ["watch/1"])
    assert await store.queue.start_send(turn.posts[0], owner="a", now=NOW)
    await store.queue.finish_send(turn.posts[0], message_id="p1", now=NOW)
    await store.queue.release(turn, now=NOW)
    assert await store.queue.claim(owner="a", now=NOW, ttl_s=TTL_S, limit=8) == []
    assert await watches_of(store).deliveries(["watch/1"]) == {"watch/1": PostState.SENT}


async def test_an_alert_for_a_channel_that_is_being_worked_on_is_found_when_that_ends(store: Store) -> None:
    await store.queue.append([posted("m1"), posted("m2", ref=ELSEWHERE)], now=NOW)
    here, there = await store.queue.claim(owner="a", now=NOW, ttl_s=TTL_S, limit=8)
    await store.queue.commit(here, Outcome(posts=(post("watch/1", ref=ELSEWHERE),)), now=NOW)
    posts = await store.queue.commit(there, Outcome(), now=NOW)
    assert [one.key for one in posts] == ["watch/1"]


async def test_an_alert_is_dropped_where_it_would_be_seen_when_that_is_muted_meanwhile(store: Store) -> None:
    alert = replace(post("watch/1", ref=ELSEWHERE), heeds_mutes=True)
    whisper = replace(post("watch/2"), heeds_mutes=True)
    await store.queue.append([posted("m1")], now=NOW)
    here = await claim_one(store.queue)
    assert await store.queue.commit(here, Outcome(posts=(alert, whisper)), now=NOW) == (whisper,)
    await store.ledger.mute(Mute(scope=MuteScope.CHANNEL, target=CHANNEL.key, by="rita", at=NOW))
    assert not await store.queue.start_send(whisper, owner="a", now=NOW)
    there = await claim_one(store.queue)
    assert await store.queue.start_send(there.posts[0], owner="a", now=NOW)


async def test_the_newest_words_of_a_channel_are_read_oldest_first(store: Store) -> None:
    said = [
        posted("m1", at=NOW),
        posted("m2", at=NOW + 1, ref=OTHER),
        posted("m3", at=NOW + 2),
        posted("m4", at=NOW + 3),
    ]
    await store.queue.append([*said, posted("n1", at=NOW + 2, ref=replace(ELSEWHERE, thread_id="t"))], now=NOW)
    await store.queue.append([deleted("m3", at=NOW + 4)], now=NOW)
    found = await watches_of(store).said(THREAD, since=NOW + 1, limit=2)
    assert [(one.id, one.deleted) for one in found] == [("m3", True), ("m4", False)]
    assert [one.id for one in await watches_of(store).said(CHANNEL, since=NOW, limit=9)] == ["m1", "m2", "m3", "m4"]


async def test_who_has_written_in_a_channel_is_known(store: Store) -> None:
    here = MessagePosted(message=message("m1", author=RITA))
    there = MessagePosted(message=message("m2", author=ANN, ref=replace(ELSEWHERE, thread_id="t")))
    await store.queue.append([here, there], now=NOW)
    assert await watches_of(store).present(THREAD, ["rita", "ann", "boss"]) == {"rita"}
    assert await watches_of(store).present(THREAD, []) == set()


async def test_rules_and_receipts_are_in_a_backup(store: Store, tmp_path: Path) -> None:
    await watches_of(store).put_rule(CHANNEL, FULL_RULE)
    await commit(store, Outcome(watched=(receipt(),)))
    await store.backup(tmp_path / "copy.db")
    copy = await Store.open(f"sqlite:///{tmp_path / 'copy.db'}")
    standing = await watches_of(copy).standing(THREAD)
    assert (standing.rules, standing.alerts) == ((FULL_RULE,), (receipt(),))
    assert await watches_of(copy).watched_on(THREAD.key, "m1") == [receipt()]
    await copy.close()


async def test_a_database_from_before_there_were_rules_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigil.db'}"
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    engine.dispose()
    store = await Store.open(url)
    await watches_of(store).put_rule(CHANNEL, FULL_RULE)
    assert await watches_of(store).rules(CHANNEL) == [FULL_RULE]
    await store.close()
