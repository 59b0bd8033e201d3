"""Watch rules on the running program, over sockets: made in chat and in the policy file, told once, also after a kill."""

import json
from pathlib import Path

from tests.flow.places import CHANNEL, local_place, slack_place
from tests.flow.program import Program

POLICY = """
[default.watch.money]
level = "P0"
pattern = "losing money|每分钟都在亏"
to = "#alerts"
"""


async def cards(program: Program, channel: str, *, viewer: str = "nobody") -> list[str]:
    """The alerts that stand in a channel, as one person sees it."""
    path = f"/api/channels/{channel}/messages?after=0&viewer={viewer}"
    shown = (await program.call("GET", path))["messages"]
    whole = [json.dumps(one, ensure_ascii=False) for one in shown if one["kind"] == "bot" and one.get("card")]
    return [one for one in whole if "watch rule" in one or "关注规则" in one]


async def test_rules_of_chat_and_file_alert_on_the_local_page(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    async with local_place(tmp_path / "home", VIGIL_POLICY_FILE=str(policy)) as place:
        program = place.program
        await program.channel("alerts")
        await place.say("anna", "I am on call today.")
        assert "Only analysts" in await place.command("rita", None, "watch add angry_customer")
        assert "Watching: angry_customer" in await place.command("anna", None, "watch add angry_customer")
        said = await place.say("rita", "This is unacceptable, nobody answers and we are losing money at shop 9!")

        async def told() -> list[str]:
            return await cards(program, "alerts")

        [alert] = await program.eventually("an alert in the other channel", told)
        assert "P0: money" in alert
        assert "shop 9" not in alert
        assert place.link(said) in alert

        async def whispered() -> list[str]:
            return await cards(program, CHANNEL, viewer="anna")

        [whisper] = await program.eventually("an alert to the analyst", whispered)
        assert "angry_customer" in whisper
        assert "shop 9" in whisper
        assert await cards(program, CHANNEL, viewer="rita") == []

        await program.kill()
        await program.start()
        assert len(await told()) == 1
        assert "angry_customer" in await place.command("anna", None, "watch list")
        await place.say("rita", "还没修好？我们每分钟都在亏钱", thread=said.thread)

        async def explained() -> bool:
            return "处于提醒后的静默期" in await place.command("anna", said.thread, "why")

        await program.eventually("the receipt of a silent rule", explained)
        assert len(await told()) == 1


async def test_rules_alert_on_slack(tmp_path: Path) -> None:
    async with slack_place(tmp_path / "home") as place:
        slack = place.slack
        people = [slack.world.user(name).id for name in ("anna", "rita")]
        alerts = slack.add_channel("alerts", members=people)
        await place.say("anna", "I am on call today.")
        rule = f"watch add down P0 /is down/ to=<#{alerts}|alerts>"
        assert "Watching: down" in await place.command("anna", None, rule)
        said = await place.say("rita", "the shop is down at db-7")

        async def told() -> list[str]:
            return [json.dumps(m, ensure_ascii=False) for m in slack.messages(alerts) if "P0: down" in json.dumps(m)]

        [alert] = await place.program.eventually("an alert on Slack", told)
        assert "db-7" not in alert
        assert place.link(said) in alert
