"""Times as Slack shows them: in the zone of the one who reads; pure.

Source: https://docs.slack.dev/messaging/formatting-message-text#date-formatting.
"""

import re

from vigil_bot.texts.moments import cut, is_exact

_CODE = re.compile(r"(```.*?```|`[^`\n]*`|<[^<>\n]*>)", re.DOTALL)


def dated(mrkdwn: str) -> str:
    """Return mrkdwn in which times outside of code and links are shown in the reader's zone."""
    if " UTC" not in mrkdwn:
        return mrkdwn
    return "".join(part if n % 2 else _times(part) for n, part in enumerate(_CODE.split(mrkdwn)))


def date_format(words: str) -> str:
    """Return the template for a time."""
    return "{date_num} {time_secs}" if is_exact(words) else "{date_num} {time}"


def _times(words: str) -> str:
    return "".join(part if at is None else f"<!date^{at:.0f}^{date_format(part)}|{part}>" for part, at in cut(words))
