"""Cards as the page and as plain text."""

import json

from adapters.local.render import card_json, plain_text
from vigil_bot.model.card import (
    Button,
    ButtonStyle,
    Card,
    CardKind,
    FactsBlock,
    Link,
    LinksBlock,
    QuoteBlock,
    TextBlock,
)

CARD = Card(
    kind=CardKind.SUGGESTION,
    title="Solved before",
    blocks=(
        TextBlock(markdown="**Look** at [the page](https://a.example/x)"),
        QuoteBlock(text="rm **everything**"),
        FactsBlock(facts=(("Mode", "on"),)),
        LinksBlock(links=(Link(title="Case", url="/#/c/a/m/1", note="e1 v1"), Link(title="Doc"))),
    ),
    buttons=(Button(action="helpful", label="有帮助", value="s1", style=ButtonStyle.PRIMARY),),
    footer="Please check.",
)


def test_a_card_is_json_of_known_blocks() -> None:
    assert json.loads(json.dumps(card_json(CARD))) == {
        "kind": "suggestion",
        "title": "Solved before",
        "blocks": [
            {"kind": "text", "markdown": "**Look** at [the page](https://a.example/x)"},
            {"kind": "quote", "text": "rm **everything**"},
            {"kind": "facts", "facts": [{"label": "Mode", "value": "on"}]},
            {
                "kind": "links",
                "links": [
                    {"title": "Case", "url": "/#/c/a/m/1", "note": "e1 v1"},
                    {"title": "Doc", "url": None, "note": ""},
                ],
            },
        ],
        "buttons": [{"action": "helpful", "label": "有帮助", "value": "s1", "style": "primary"}],
        "footer": "Please check.",
    }


def test_plain_text_has_every_word_and_leaves_quotations_alone() -> None:
    assert plain_text(CARD).splitlines() == [
        "Solved before",
        "Look at the page (https://a.example/x)",
        "rm **everything**",
        "Mode: on",
        "Case /#/c/a/m/1 e1 v1",
        "Doc",
        "Please check.",
    ]
