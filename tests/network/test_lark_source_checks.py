"""`vigil doctor` says what is missing on Lark, above all what keeps the bot deaf."""

from adapters.lark.checks import ALL_MESSAGES, CALLBACKS, EVENTS, NEEDED, examine, judged
from adapters.lark.config import LarkConfig
from tests.network.lark_source import APP, Object, Tables
from vigil_bot.errors import AccessDenied
from vigil_bot.model.finding import Finding, Level

CONFIG = LarkConfig(app_id=APP, app_secret="s")
SCOPES, APPLICATION = "/open-apis/application/v6/scopes", f"/open-apis/application/v6/applications/{APP}"
WAY_IN = "/callback/ws/endpoint"


def scopes(*names: str) -> Object:
    return {"scopes": [{"scope_name": name, "grant_status": 1, "scope_type": "tenant"} for name in names]}


def application(events: tuple[str, ...] = EVENTS, kind: str = "websocket") -> Object:
    event: Object = {"subscription_type": kind, "subscribed_events": [*events]}
    return {"app": {"event": event, "callback": {"callback_type": kind, "subscribed_callbacks": [*CALLBACKS]}}}


def tables(*granted: str, **more: Object) -> Tables:
    answers: dict[str, Object] = {SCOPES: scopes(*granted), APPLICATION: application(), WAY_IN: {}, **more}
    return Tables(answers={**answers})


def bad(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is not Level.OK]


async def test_an_app_with_everything_is_in_order() -> None:
    assert bad(await examine(CONFIG, tables(ALL_MESSAGES, *NEEDED))) == []


async def test_it_says_aloud_that_only_mentions_arrive_without_all_messages() -> None:
    (finding,) = bad(await examine(CONFIG, tables(*NEEDED)))
    assert finding.is_error
    assert ALL_MESSAGES in finding.found
    assert "only messages that mention the bot arrive" in finding.found
    assert "publish" in finding.mend


def test_a_permission_that_was_asked_for_and_not_granted_is_missing() -> None:
    assert next(finding.level for finding in judged(set())) is Level.ERROR
    assert len(judged(set())) == 1 + len(NEEDED)


def test_a_wide_permission_includes_the_narrow_ones() -> None:
    wide = {ALL_MESSAGES, "im:message", "im:message.p2p_msg", "im:chat", "im:resource"}
    assert bad(judged(wide)) == []


async def test_wrong_credentials_are_the_first_thing_to_say() -> None:
    refused = Tables(answers={"/open-apis/bot/v3/info": AccessDenied("app secret invalid")})
    (finding,) = await examine(CONFIG, refused)
    assert finding.is_error
    assert "VIGIL_LARK_APP_SECRET" in finding.mend


async def test_an_app_without_a_bot_is_told_so() -> None:
    (finding,) = await examine(CONFIG, Tables(answers={"/open-apis/bot/v3/info": {"bot": {}}}))
    assert "no bot" in finding.found


async def test_events_that_are_not_subscribed_are_named() -> None:
    answers = {APPLICATION: application(EVENTS[2:])}
    (finding,) = bad(await examine(CONFIG, tables(ALL_MESSAGES, *NEEDED, **answers)))
    assert finding.is_error
    assert finding.found.endswith("im.message.receive_v1, im.message.recalled_v1")


async def test_two_different_ways_of_delivery_are_noticed() -> None:
    answers = {APPLICATION: application(kind="webhook")}
    (finding,) = bad(await examine(CONFIG, tables(ALL_MESSAGES, *NEEDED, **answers)))
    assert "webhook" in finding.found


async def test_what_lark_does_not_tell_is_a_warning() -> None:
    closed = tables()
    closed.answers |= {SCOPES: AccessDenied("no"), APPLICATION: AccessDenied("no"), WAY_IN: AccessDenied("no")}
    levels = [finding.level for finding in await examine(CONFIG, closed)]
    assert levels == [Level.OK, Level.WARNING, Level.WARNING, Level.ERROR]


async def test_analysts_that_cannot_be_read_are_named() -> None:
    asked = tables(ALL_MESSAGES, *NEEDED)
    asked.answers["/open-apis/contact/v3/group/g1/member/simplelist"] = AccessDenied("no")
    config = LarkConfig(app_id=APP, app_secret="s", analysts=("g1", "ou_1", "members"))
    assert [finding.found.split()[0] for finding in bad(await examine(config, asked))] == ["g1"]


async def test_over_http_it_says_which_address_to_enter() -> None:
    config = LarkConfig(app_id=APP, app_secret="s", transport="http")
    asked = tables(ALL_MESSAGES, *NEEDED, **{APPLICATION: application(kind="webhook")})
    (finding,) = bad(await examine(config, asked))
    assert finding.mend.endswith("/lark/events.")
