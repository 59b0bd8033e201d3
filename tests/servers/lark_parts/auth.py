"""Tokens, the bot itself, and what the app may do.

server-docs/authentication-management/access-token/tenant_access_token_internal: valid for two hours; as long as more
than 30 minutes are left, the same token is given again.
"""

import uuid

from tests.servers.lark_parts.api import Asked, route
from tests.servers.lark_parts.world import Json, Refused

VALID_S, RENEW_S = 7200, 1800


def _token(asked: Asked) -> tuple[str, int]:
    app, now = asked.world.app, asked.world.now()
    for name in ("app_id", "app_secret"):
        if not isinstance(asked.body.get(name), str):
            raise Refused(10003, "invalid param", status=200)
    if asked.body["app_id"] != app.id or asked.body["app_secret"] != app.secret:
        raise Refused(10014, "app secret invalid", status=200)
    if not app.token or app.expires - now < RENEW_S:
        app.token, app.expires = f"t-{uuid.uuid4().hex}", now + VALID_S
    return app.token, int(app.expires - now)


@route("POST", "auth/v3/tenant_access_token/internal", bare=True, open_to_all=True)
def tenant_access_token(asked: Asked) -> Json:
    token, expire = _token(asked)
    return {"tenant_access_token": token, "expire": expire}


@route("POST", "auth/v3/app_access_token/internal", bare=True, open_to_all=True)
def app_access_token(asked: Asked) -> Json:
    token, expire = _token(asked)
    return {"app_access_token": token, "tenant_access_token": token, "expire": expire}


@route("GET", "bot/v3/info", bare=True)
def bot_info(asked: Asked) -> Json:
    """server-docs/im-v1/bot-v3 (obtain bot info): not in data, but in bot."""
    app = asked.world.app
    if not app.bot_ability:
        raise Refused(11205, "app do not have bot")
    avatar = f"https://s1-imfile.feishucdn.com/{app.id}.jpg"
    bot = {
        "activate_status": 2,
        "app_name": app.name,
        "avatar_url": avatar,
        "ip_white_list": [],
        "open_id": app.open_id,
    }
    return {"bot": bot}


@route("GET", "application/v6/scopes")
def scopes(asked: Asked) -> Json:
    """reference/application-v6/scope/list: 1 is granted, 2 is not; for user identities everything is listed, too."""
    app = asked.world.app
    granted = [{"scope_name": one, "grant_status": 1, "scope_type": "tenant"} for one in sorted(app.scopes)]
    return {"scopes": granted}


@route("GET", "application/v6/applications/{app_id}", "application:application:self_manage", "admin:app.info:readonly")
def application(asked: Asked) -> Json:
    """reference/application-v6/application/get: an app may ask about itself."""
    app = asked.world.app
    if asked.path["app_id"] not in (app.id, "me"):
        raise Refused(210504, "app not exist")
    asked.need("lang")
    granted = [{"scope": one, "description": one, "level": 1} for one in sorted(app.scopes)]
    events = sorted(app.events - {"card.action.trigger"})
    callbacks = sorted(app.events & {"card.action.trigger"})
    url = asked.world.callback_url()
    way = {"request_url": url or ""}
    kind = "websocket" if url is None else "webhook"
    back = {"callback_type": kind, "subscribed_callbacks": callbacks, **way}
    found = {
        "app_id": app.id, "app_name": app.name, "status": 1, "scene_type": 0, "primary_language": "zh_cn",
        "scopes": granted,
        "event": {"subscription_type": kind, "subscribed_events": events, **way},
        "callback": back, "callback_info": back,
    }  # fmt: skip
    return {"app": found}
