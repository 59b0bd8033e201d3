"""One web application: the page, the API, health and figures."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from pydantic import SecretStr

from vigil_bot.console import answers, guard, health, pages


def build(
    *,
    host: str,
    token: SecretStr | None,
    ready: health.Ready,
    metrics: health.Metrics,
    tables: Sequence[web.RouteTableDef] = (),
    public: Sequence[web.RouteTableDef] = (),
    commands: Mapping[str, str] | None = None,
    hang_up: Sequence[Callable[[], None]] = (),
) -> web.Application:
    """Assemble the web application.

    Args:
        host: Where it will listen; beyond loopback a token is required.
        tables: More routes, such as the local chat's API and the operations'; what they raise of ours is answered.
        public: Routes that a platform calls and guards by signatures of its own; they need no token and no local name.
        commands: Usage and meaning of the slash commands that the composer completes.
        hang_up: Called when the application stops, so that open streams end at once.

    Raises:
        SettingsError: If others could reach the page without a token.
    """
    guard.check_address(host, token)
    paths = _paths(public)
    app = web.Application(
        middlewares=[answers.failures, guard.same_site(host=host, public=paths), guard.signed_in(token, public=paths)],
        client_max_size=answers.MAX_BODY_BYTES + 1,
    )
    app.on_response_prepare.append(guard.add_headers)
    app.add_routes(pages.routes(commands or {}))
    app.add_routes(guard.login_routes(token))
    app.add_routes(health.routes(ready, metrics, token))
    app.add_routes([route for table in (*tables, *public) for route in table])
    app.on_shutdown.append(_all(hang_up))
    return app


def _all(calls: Sequence[Callable[[], None]]) -> Callable[[web.Application], Awaitable[None]]:
    async def stop(_app: web.Application) -> None:
        for call in calls:
            call()

    return stop


def _paths(tables: Sequence[web.RouteTableDef]) -> frozenset[str]:
    return frozenset(route.path for table in tables for route in table if isinstance(route, web.RouteDef))
