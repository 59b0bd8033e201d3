"""What the app must be allowed to do on Slack, and what it must be told; docs/slack-manifest.yaml asks for exactly this."""

from collections.abc import Mapping

BOT_SCOPES: Mapping[str, str] = {
    "channels:history": "to read what is said in public channels that it was invited to",
    "groups:history": "to read what is said in private channels that it was invited to",
    "im:history": "to read what people write to it directly",
    "mpim:history": "to read group conversations that it was added to",
    "channels:read": "to know which public channels it is in, and their names",
    "groups:read": "to know which private channels it is in, and their names",
    "im:read": "to know its direct conversations",
    "mpim:read": "to know its group conversations",
    "chat:write": "to answer in threads, and to change and delete what it wrote",
    "reactions:read": "to understand emoji as feedback",
    "reactions:write": "to show that it works on something",
    "users:read": "to know names, and who is a guest",
    "usergroups:read": "to take the members of a user group for analysts",
    "files:read": "to read screenshots and logs that people attach",
    "commands": "for /vigil and the message shortcuts",
}

APP_SCOPES: Mapping[str, str] = {"connections:write": "to receive events over Socket Mode"}

BOT_EVENTS: Mapping[str, str] = {
    "message.channels": "messages in public channels",
    "message.groups": "messages in private channels",
    "message.im": "direct messages",
    "message.mpim": "messages in group conversations",
    "reaction_added": "emoji as feedback",
    "reaction_removed": "emoji taken back",
    "member_joined_channel": "being invited to a channel",
    "channel_left": "being removed from a public channel",
    "group_left": "being removed from a private channel",
    "channel_rename": "new names of public channels",
    "group_rename": "new names of private channels",
    "user_change": "names and guests that changed",
    "team_join": "new people",
    "subteam_members_changed": "analysts who came and went",
    "subteam_updated": "user groups that changed",
    "app_home_opened": "the App Home",
    "app_uninstalled": "the end of the installation",
    "tokens_revoked": "the end of the token",
}
