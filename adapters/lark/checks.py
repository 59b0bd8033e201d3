"""What `vigil doctor` looks at on Lark: credentials, permissions, event subscriptions, the connection."""

from collections.abc import AsyncIterator, Sequence

from adapters.lark.callback import PATH
from adapters.lark.config import MEMBERS, LarkConfig
from adapters.lark.foreign import at, obj, objects, text
from adapters.lark.needs import Api
from adapters.lark.people import analysts
from vigil_bot.errors import PlatformError
from vigil_bot.model.finding import Finding, Level

_GRANTED = "1"  # grant_status

ALL_MESSAGES = "im:message.group_msg"
NEEDED: dict[str, str] = {  # permission -> what does not work without it
    "im:message.p2p_msg:readonly": "direct messages to the bot do not arrive",
    "im:message.group_at_msg:readonly": "not even mentions in groups arrive",
    "im:message:send_as_bot": "nothing can be posted",
    "im:message:readonly": "missed and forwarded messages cannot be read",
    "im:message.reactions:read": "emoji are not seen",
    "im:message.reactions:write_only": "the bot cannot react",
    "im:message:update": "cards cannot be kept up to date",
    "im:message:recall": "suggestions cannot be withdrawn",
    "im:chat:readonly": "names of groups and people are not shown",
    "im:chat.members:read": "names are not shown, and people from other companies are not told apart",
    "im:resource": "images and files cannot be read",
}
_ALSO = {  # a wider permission that includes a narrow one
    "im:message:readonly": ("im:message",),
    "im:message:update": ("im:message",),
    "im:message:recall": ("im:message",),
    "im:message:send_as_bot": ("im:message",),
    "im:message.reactions:read": ("im:message", "im:message:readonly"),
    "im:message.reactions:write_only": ("im:message",),
    "im:chat:readonly": ("im:chat",),
    "im:chat.members:read": ("im:chat", "im:chat:readonly"),
    "im:message.group_at_msg:readonly": ("im:message.group_at_msg", ALL_MESSAGES),
    "im:message.p2p_msg:readonly": ("im:message.p2p_msg",),
}
EVENTS: tuple[str, ...] = (
    "im.message.receive_v1",
    "im.message.recalled_v1",
    "im.message.reaction.created_v1",
    "im.message.reaction.deleted_v1",
    "im.chat.member.bot.added_v1",
    "im.chat.member.bot.deleted_v1",
    "im.chat.updated_v1",
    "im.chat.disbanded_v1",
    "application.bot.menu_v6",
)
CALLBACKS: tuple[str, ...] = ("card.action.trigger",)
_PUBLISH = "Add them in the developer console, then publish a new version of the app."


async def examine(config: LarkConfig, api: Api) -> list[Finding]:
    """Look at everything that Lark tells; a check that cannot be made is a warning."""
    bot = await _bot(api)
    if bot.is_error:
        return [bot]
    findings = [bot, *await _permissions(api), *await _subscriptions(config, api), await _connection(config, api)]
    return [*findings, *[finding async for finding in _analysts(config, api)]]


async def _bot(api: Api) -> Finding:
    try:
        answer = await api.call("GET", "/open-apis/bot/v3/info")
    except PlatformError as error:
        mend = "Check VIGIL_LARK_APP_ID, VIGIL_LARK_APP_SECRET and VIGIL_LARK_DOMAIN (Feishu: https://open.feishu.cn)."
        return Finding(what="lark", level=Level.ERROR, found=f"the app cannot sign in: {error}", mend=mend)
    name = text(answer, "bot", "app_name")
    if not text(answer, "bot", "open_id"):
        return Finding(
            what="lark", level=Level.ERROR, found="the app has no bot", mend="Add the feature Bot to the app."
        )
    return Finding(what="lark", level=Level.OK, found=f"signed in as {name or 'the bot'}")


async def _permissions(api: Api) -> list[Finding]:
    try:
        answer = await api.call("GET", "/open-apis/application/v6/scopes")
    except PlatformError as error:
        return [_unknown("lark permissions", error)]
    granted = {text(one, "scope_name") for one in objects(answer, "scopes") if text(one, "grant_status") == _GRANTED}
    return judged(granted)


def judged(granted: set[str]) -> list[Finding]:
    """Return what a set of granted permissions is good for."""
    what = "lark permissions"
    findings = []
    if ALL_MESSAGES not in granted:
        found = f"{ALL_MESSAGES} is missing: only messages that mention the bot arrive, so it cannot help unasked"
        findings.append(Finding(what=what, level=Level.ERROR, found=found, mend=_PUBLISH))
    missing = {name: why for name, why in NEEDED.items() if not granted & {name, *_ALSO.get(name, ())}}
    findings += [
        Finding(what=what, level=Level.WARNING, found=f"{name} is missing: {why}", mend=_PUBLISH)
        for name, why in missing.items()
    ]
    return findings or [Finding(what=what, level=Level.OK, found="all granted, with all messages of groups")]


async def _subscriptions(config: LarkConfig, api: Api) -> list[Finding]:
    what = "lark events"
    try:
        answer = await api.call(
            "GET", f"/open-apis/application/v6/applications/{config.app_id}", params={"lang": "en_us"}
        )
    except PlatformError as error:
        return [_unknown(what, error, hint="The permission application:application:self_manage lets the bot look.")]
    app = obj(answer, "app")
    callbacks = obj(app, "callback") or obj(app, "callback_info")  # the documentation says the one, lark-oapi the other
    if not (obj(app, "event") or callbacks):
        return [Finding(what=what, level=Level.WARNING, found="Lark does not say what is subscribed", mend=_LIST)]
    return [
        *_subscribed(what, EVENTS, at(app, "event", "subscribed_events")),
        *_subscribed("lark cards", CALLBACKS, at(callbacks, "subscribed_callbacks")),
        *_delivery(config, text(app, "event", "subscription_type")),
    ]


_LIST = "Events & callbacks in the developer console must list: " + ", ".join((*EVENTS, *CALLBACKS)) + "."


def _subscribed(what: str, wanted: Sequence[str], found: object) -> list[Finding]:
    there = set(found) if isinstance(found, list) else set()
    missing = [name for name in wanted if name not in there]
    if not missing:
        return [Finding(what=what, level=Level.OK, found="all subscribed")]
    level = Level.ERROR if wanted[0] in missing else Level.WARNING
    return [Finding(what=what, level=level, found="not subscribed: " + ", ".join(missing), mend=_PUBLISH)]


def _delivery(config: LarkConfig, kind: str) -> list[Finding]:
    expected = "websocket" if config.transport == "socket" else "webhook"
    if kind in ("", expected):
        return []
    mend = "Choose the same way in the developer console, or set VIGIL_LARK_TRANSPORT."
    found = f"Lark delivers by {kind}, and we wait for {expected}"
    return [Finding(what="lark events", level=Level.ERROR, found=found, mend=mend)]


async def _connection(config: LarkConfig, api: Api) -> Finding:
    what = "lark way in"
    if config.transport == "http":
        return Finding(
            what=what,
            level=Level.WARNING,
            found="HTTP callback; whether Lark reaches it cannot be seen from here",
            mend=f"The request address in the developer console must end in {PATH}.",
        )
    body = {"AppID": config.app_id, "AppSecret": config.app_secret}
    try:
        await api.call("POST", "/callback/ws/endpoint", body=body)
    except PlatformError as error:
        mend = "Choose the long connection under Events & callbacks in the developer console."
        return Finding(what=what, level=Level.ERROR, found=f"no long connection: {error}", mend=mend)
    return Finding(what=what, level=Level.OK, found="Lark offers a long connection")


async def _analysts(config: LarkConfig, api: Api) -> AsyncIterator[Finding]:
    for entry in config.analysts:
        try:
            count = len({open_id async for open_id in analysts(api, entry)})
        except PlatformError as error:
            mend = "Check the id, and grant contact:group:readonly or contact:contact.base:readonly."
            yield Finding(
                what="lark analysts", level=Level.WARNING, found=f"{entry} cannot be read: {error}", mend=mend
            )
        else:
            if entry != MEMBERS:
                yield Finding(what="lark analysts", level=Level.OK, found=f"{entry}: {count}")


def _unknown(what: str, error: PlatformError, *, hint: str = "") -> Finding:
    return Finding(what=what, level=Level.WARNING, found=f"Lark does not say: {error}", mend=hint)
