"""What Slack adds to the loop, on the running program: invitations, history, home, HTTP delivery, revoked tokens, the doctor."""

import json
import time
from pathlib import Path

from tests.flow.places import ANALYSTS, REQUESTERS, SlackPlace, slack_place, slack_settings
from tests.flow.program import Program
from tests.servers.slack import FakeSlack

DAY_S = 86_400.0
PROBLEM = "payments pods crash with error PAY-1203 since the certificate rotation, how do we fix it?"
SOLUTION = "The sidecar caches the old certificate. Run `kubectl rollout restart deploy/payments -n pay`."
AGAIN = "after rotating the cert our payment pods keep crashing with PAY-1203, any idea?"


def old_case(slack: FakeSlack, channel: str, *, days: float) -> str:
    """A case that people solved before the bot was there."""
    at = time.time() - days * DAY_S
    asked = slack.say(channel, "rita", PROBLEM, at=at, silent=True)
    slack.say(channel, "anna", SOLUTION, asked, at=at + 60, silent=True)
    slack.say(channel, "rita", "That fixed it, thank you!", asked, at=at + 120, silent=True)
    return asked


async def test_an_invited_bot_learns_from_history_and_posts_nothing_about_it(tmp_path: Path) -> None:
    async with slack_place(tmp_path / "home") as place:
        slack = place.slack
        people = [slack.world.user(name).id for name in (*ANALYSTS, *REQUESTERS)]
        channel = slack.add_channel("payments", members=people, with_bot=False)
        old = old_case(slack, channel, days=12)
        slack.invite_bot(channel, "anna")

        async def introduced() -> list[dict[str, object]]:
            return [m for m in slack.messages(channel) if "Hello, I am Vigil" in json.dumps(m)]

        (hello,) = await place.program.eventually("an introduction", introduced)
        await slack.press(channel, str(hello["ts"]), "anna", "Learn from the last 30 days")

        async def learned() -> bool:
            _, out, _ = await place.program.vigil("distill", "--json")
            return bool(json.loads(out)["added"] == 1)

        await place.program.eventually("an entry from history", learned)
        assert slack.thread(channel, old)[-1]["user"] == slack.world.user("rita").id  # nothing of ours below it
        there = SlackPlace(place.program, slack, channel)
        asked = await there.say("ravi", AGAIN)
        (post,) = await place.program.eventually("a suggestion", lambda: there.suggestions(asked.thread))
        assert "rollout restart" in post.text


async def test_the_home_page_lists_what_waits(tmp_path: Path) -> None:
    async with slack_place(tmp_path / "home") as place:
        asked = await place.say("rita", "how do I get VPN access? it is broken")
        await place.say("anna", "can you send me the request id?", thread=asked.thread)
        await place.slack.settled()
        await place.command("anna", asked.thread, "status")
        place.slack.open_home("rita")

        async def shown() -> str:
            home = json.dumps(place.slack.home("rita") or {})
            return home if "Waits for you" in home else ""

        assert "(1)" in await place.program.eventually("a home page", shown)


async def test_events_come_over_http_just_as_well(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        people = {name: slack.add_user(name) for name in (*ANALYSTS, *REQUESTERS)}
        channel = slack.add_channel("oncall", members=list(people.values()))
        settings = slack_settings(slack, people) | {
            "VIGIL_SLACK_TRANSPORT": "http",
            "VIGIL_SLACK_SIGNING_SECRET": slack.signing_secret,
            "VIGIL_CONSOLE_TOKEN": "a-token-of-the-console",
        }
        program = Program(tmp_path / "home", **settings)
        slack.tune(request_url=f"http://{program.address}/slack/events")
        await program.start()
        try:
            answer = await slack.verify_url()
            assert "challenge" in json.dumps(answer)
            place = SlackPlace(program, slack, channel)
            asked = await place.say("rita", PROBLEM)
            await place.say("anna", SOLUTION, thread=asked.thread)

            async def followed() -> bool:
                return "waiting" in (await place.command("anna", asked.thread, "status")).lower()

            await program.eventually("a case", followed)
        finally:
            assert await program.stop() == 0


async def test_the_doctor_names_what_is_missing_and_where_to_add_it(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        people = {name: slack.add_user(name) for name in ANALYSTS}
        slack.set_scopes({"chat:write", "channels:history", "channels:read"})
        program = Program(tmp_path / "home", **slack_settings(slack, people))
        code, out, _ = await program.vigil("doctor")
        assert code == 1
        assert "reactions:read" in out
        assert "OAuth & Permissions" in out

        program = Program(tmp_path / "home", **slack_settings(slack, people) | {"VIGIL_SLACK_APP_TOKEN": "xoxb-wrong"})
        code, out, _ = await program.vigil("doctor")
        assert code == 1
        assert "VIGIL_SLACK_APP_TOKEN must begin with xapp-" in out


async def test_a_revoked_token_shows_in_readiness(tmp_path: Path) -> None:
    async with slack_place(tmp_path / "home") as place:
        place.slack.uninstall()

        async def unready() -> bool:
            return not await _is_ready(place.program)

        await place.program.eventually("not ready", unready)


async def _is_ready(program: Program) -> bool:
    try:
        return bool((await program.call("GET", "/readyz"))["ready"])
    except AssertionError:  # 503
        return False
