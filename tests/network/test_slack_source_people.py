from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.people import person_of
from tests.network.slack_source import running
from tests.servers.slack import FakeSlack
from vigil_bot.model.conversation import AuthorKind, Role
from vigil_bot.model.event import MessagePosted


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


async def said_by(slack: FakeSlack, folder: Path, *speakers: str, analysts: tuple[str, ...]) -> dict[str, Role]:
    """Roles by name, of people who wrote one message each."""
    channel = slack.add_channel("support", members=speakers)
    async with running(slack, folder, analysts=analysts) as bot:
        await slack.connected()
        for one in speakers:
            slack.say(channel, one, "hello")
        await slack.settled()
        return {one.message.author.name: one.message.author.role for one in bot.core.of(MessagePosted)}


async def test_members_are_analysts_and_guests_are_requesters(slack: FakeSlack, tmp_path: Path) -> None:
    slack.add_user("ann")
    slack.add_user("guest", guest=True)
    roles = await said_by(slack, tmp_path, "ann", "guest", analysts=("members",))
    assert roles == {"ann": Role.ANALYST, "guest": Role.REQUESTER}


async def test_a_person_or_a_user_group_makes_an_analyst(slack: FakeSlack, tmp_path: Path) -> None:
    ann, _ = slack.add_user("ann"), slack.add_user("bob")
    slack.add_user("cy")
    group = slack.add_group("oncall", ["bob"])
    roles = await said_by(slack, tmp_path, "ann", "bob", "cy", analysts=(ann, group))
    assert roles == {"ann": Role.ANALYST, "bob": Role.ANALYST, "cy": Role.UNKNOWN}


async def test_without_a_setting_only_strangers_and_guests_have_a_role(slack: FakeSlack, tmp_path: Path) -> None:
    slack.add_user("ann")
    slack.add_user("guest", guest=True)
    roles = await said_by(slack, tmp_path, "ann", "guest", analysts=())
    assert roles == {"ann": Role.UNKNOWN, "guest": Role.REQUESTER}


async def test_people_of_another_company_are_requesters_even_when_they_are_listed(
    slack: FakeSlack, tmp_path: Path
) -> None:
    customer = slack.add_team("Customer")
    dan = slack.add_user("dan", team=customer)
    channel = slack.add_channel("shared", members=["dan"], shared_with=[customer])
    async with running(slack, tmp_path, analysts=("members", dan)) as bot:
        await slack.connected()
        slack.say(channel, "dan", "hello from outside")
        await slack.settled()
        (posted,) = bot.core.of(MessagePosted)
    assert (posted.message.author.name, posted.message.author.role) == ("dan", Role.REQUESTER)
    assert posted.conversation.workspace_id == slack.team.id


async def test_changes_of_groups_and_people_are_taken_in(slack: FakeSlack, tmp_path: Path) -> None:
    ann, bob = slack.add_user("ann"), slack.add_user("bob")
    group = slack.add_group("oncall", ["ann"])
    async with running(slack, tmp_path, analysts=(group,)) as bot:
        await slack.connected()
        team = slack.team.id
        assert (await bot.people.author(team, ann)).role is Role.ANALYST
        assert (await bot.people.author(team, bob)).role is Role.UNKNOWN
        slack.change_group(group, ["bob"])
        slack.change_user("ann", name="anna", guest=True)
        await slack.settled()
        assert (await bot.people.author(team, bob)).role is Role.ANALYST
        changed = await bot.people.author(team, ann)
        assert (changed.name, changed.role) == ("anna", Role.REQUESTER)


async def test_mentions_carry_names(slack: FakeSlack, tmp_path: Path) -> None:
    ann = slack.add_user("ann")
    group = slack.add_group("oncall", ["ann"])
    channel = slack.add_channel("support", members=["ann"])
    async with running(slack, tmp_path) as bot:
        await slack.connected()
        slack.say(channel, "ann", f"<@{ann}>, <!subteam^{group}> and <!here>: see <#{channel}>")
        await slack.settled()
        (posted,) = bot.core.of(MessagePosted)
    assert posted.message.text == "@ann, @oncall and @here: see #support"


async def test_a_message_is_kept_when_slack_does_not_say_who_wrote_it(slack: FakeSlack, tmp_path: Path) -> None:
    slack.hold()
    ann = slack.add_user("ann")
    slack.delivery.holding = False
    channel = slack.add_channel("support", members=["ann"])
    slack.fail("users.info", "status", times=9, status=500)
    async with running(slack, tmp_path, analysts=("members",)) as bot:
        await slack.connected()
        slack.say(channel, "ann", "hello")
        await slack.settled()
        (posted,) = bot.core.of(MessagePosted)
    author = posted.message.author
    assert (author.id, author.kind, author.role) == (ann, AuthorKind.HUMAN, Role.UNKNOWN)


def test_a_colleague_from_another_workspace_of_the_company_is_no_stranger() -> None:
    user = {"id": "W1", "team_id": "T2", "name": "kim", "enterprise_user": {"teams": ["T1", "T2"]}}
    assert not person_of(user, "T1").is_outside
    assert person_of({"id": "U1", "team_id": "T2", "name": "kim"}, "T1").is_outside
