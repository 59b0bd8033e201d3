"""Shows as code what people wrote as code, and reads nothing else into their words; pure."""

import re

from markupsafe import Markup, escape

_CODE = re.compile(
    r"^```(?:[A-Za-z][\w+#.-]*)?[ \t]*\n(?P<block>.*?)\n?(?:^```[ \t]*(?:\n|$)|\Z)|`(?P<span>[^`\n]+)`",
    re.DOTALL | re.MULTILINE,
)


def coded(text: str) -> Markup:
    """Return a text as HTML: what stands between back-ticks as code, all else escaped."""
    shown, end = Markup(""), 0
    for match in _CODE.finditer(text):
        block, span = match.group("block", "span")
        shown += escape(text[end : match.start()])
        shown += (
            Markup("<code>{}</code>").format(span)
            if block is None
            else Markup('<code class="block">{}</code>').format(block)
        )
        end = match.end()
    return shown + escape(text[end:])
