"""What an app posts to a response_url: interactivity/handling-user-interaction."""

from tests.servers.slack_parts.calls import Arguments
from tests.servers.slack_parts.content import parse_content
from tests.servers.slack_parts.messages import bot_message, change, place_in_thread, remove, store, updated
from tests.servers.slack_parts.world import Channel, Json, Refused, Team, World


def post(world: World, key: str, body: Json) -> Json:
    """A post to a response_url, which works five times in thirty minutes: interactivity/handling-user-interaction."""
    url = world.reply_urls.get(key)
    if url is None or url.expires < world.now():
        raise Refused("expired_url", status=404)
    if url.uses >= 5:
        raise Refused("used_url", status=404)
    arguments = Arguments(body)
    channel = world.channels[url.channel]
    team = world.teams[channel.team_id]
    world.replies.append({"channel": url.channel, "user": url.user, **body})
    url.uses += 1
    original = channel.messages.get(url.message_ts or "") if url.ephemeral is None else url.ephemeral
    if arguments.flag("delete_original"):
        if url.ephemeral is not None:
            world.ephemerals = [one for one in world.ephemerals if one is not url.ephemeral]
        elif original is not None:
            remove(world, channel, original)
        return {}
    content = parse_content(arguments)
    if not content:
        raise Refused("no_text")
    if arguments.flag("replace_original") and original is not None:
        _replace(world, channel, original, content, team)
    elif arguments.text("response_type") == "in_channel":
        message = bot_message(world, team, content)
        if arguments.text("thread_ts"):
            place_in_thread(channel, message, arguments.text("thread_ts"))
        store(world, channel, message)
    else:
        message = bot_message(world, team, content)
        thread = {"thread_ts": arguments.text("thread_ts")} if arguments.text("thread_ts") else {}
        world.ephemerals.append({**message, **thread, "channel": url.channel, "to": url.user})
    return {}


def _replace(world: World, channel: Channel, original: Json, content: Json, team: Team) -> None:
    if original["ts"] in channel.messages:
        change(world, channel, original, updated(world, original, content), team.bot_user)
    else:
        original.update(updated(world, original, content))
