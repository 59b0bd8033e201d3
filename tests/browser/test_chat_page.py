"""The chat page in a real browser, against the local chat and a bot that posts through LocalClient."""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Page, Route, async_playwright, expect

from tests.network.local_server import Served, serve
from vigil_bot.clock import SystemClock
from vigil_bot.model.card import Button, ButtonStyle, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.model.event import ActionInvoked, ReactionChanged

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@dataclass(frozen=True)
class Opened:
    page: Page
    served: Served
    faults: list[str]

    async def ask(self, text: str) -> str:
        """Post a first message and return its id, once its thread is open."""
        await self.page.fill("#composer-text", text)
        await self.page.press("#composer-text", "Enter")
        await expect(self.page.locator("#thread-messages .message").first).to_contain_text(text)
        return (await self.page.evaluate("location.hash")).rsplit("/", 1)[1]  # type: ignore[no-any-return]

    async def suggest(self, thread_id: str, *, markdown: str = "") -> str:
        ref = ConversationRef(platform="local", workspace_id="local", channel_id="support", thread_id=thread_id)
        return await self.served.client.post(ref, suggestion(markdown, thread_id), key=f"s/{thread_id}")


def suggestion(markdown: str, source: str) -> Card:
    return Card(
        kind=CardKind.SUGGESTION,
        title="This was solved before",
        blocks=(
            QuoteBlock(text="Run `update-ca-certificates`. <b>Not bold</b> [no](https://link.example)"),
            TextBlock(markdown=markdown),
            LinksBlock(links=(Link(title="The first case", url=f"/#/c/support/m/{source}"),)),
        ),
        buttons=(Button(action="helpful", label="Helpful", value="s1", style=ButtonStyle.PRIMARY),),
    )


@contextlib.asynccontextmanager
async def opened(
    tmp_path: Path, *, size: tuple[int, int] = (1400, 860), scheme: str = "light", distilled: int = 1
) -> AsyncIterator[Opened]:
    operations = web.RouteTableDef()

    @operations.post("/api/operations/distill")
    async def distill(_request: web.Request) -> web.Response:
        return web.json_response({"result": {"cases": 1, "added": distilled}})

    async with (
        serve(tmp_path / "local.db", SystemClock(), tables=(operations,)) as served,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        viewport = {"width": size[0], "height": size[1]}
        page = await browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        page.set_default_timeout(10_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        await page.goto(served.url)
        await expect(page.locator("#connection.live")).to_be_attached()
        yield Opened(page=page, served=served, faults=faults)
        await browser.close()
        assert not faults


async def test_a_thread_is_asked_answered_and_reacted_to_by_different_people(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        page = it.page
        asked = await it.ask("磁盘又满了，怎么清理？")
        await page.locator("#thread .speaker", has_text="Amir").click()
        await page.fill("#reply-text", "清理 /var/log：\n```\njournalctl --vacuum-size=1G\n```")
        await page.press("#reply-text", "Enter")
        answer = page.locator("#thread-messages .message").nth(1)
        await expect(answer.locator(".name")).to_have_text("Amir")
        await expect(answer.locator("pre code")).to_have_text("journalctl --vacuum-size=1G")
        await page.locator("#thread .speaker", has_text="Rita").click()
        await answer.hover()
        await answer.get_by_role("button", name="React").click()
        await expect(page.locator(".picker")).to_have_count(1)
        await answer.get_by_role("button", name="✅ this solved it").click()
        await expect(answer.locator(".reaction")).to_have_attribute("aria-pressed", "true")
        posted, replied, reacted = await it.served.core.has(3)
        assert isinstance(reacted, ReactionChanged)
        assert (posted.conversation.thread_id, replied.conversation.thread_id) == (asked, asked)
        assert (reacted.emoji, reacted.author.role) == ("✅", "requester")
        await expect(page.locator("#timeline .foot")).to_contain_text("1 reply")


async def test_own_messages_can_be_edited_and_deleted_and_others_cannot(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        page = it.page
        page.on("dialog", lambda dialog: dialog.accept())
        await it.ask("frist")
        message = page.locator("#thread-messages .message").first
        await message.hover()
        await message.get_by_role("button", name="Edit").click()
        await message.get_by_role("textbox").fill("first")
        await message.get_by_role("textbox").press("Enter")
        await expect(message.locator(".prose")).to_have_text("first")
        await expect(message).to_contain_text("edited")
        await page.locator("#composer .speaker", has_text="Chen").click()
        await expect(message.get_by_role("button", name="Edit")).to_have_count(0)
        await page.locator("#composer .speaker", has_text="Rita").click()
        await message.hover()
        await message.get_by_role("button", name="Delete").click()
        await expect(page.locator("#timeline .message")).to_have_count(0)
        await expect(page.locator("#thread")).to_be_hidden()


async def test_a_card_arrives_by_itself_and_its_button_is_an_action(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        asked = await it.ask("certificate signed by unknown authority")
        await it.suggest(
            asked, markdown="**bold** _it_ [x](javascript:alert(1)) <img src=x onerror=alert(1)>\n- one\n- two"
        )
        card = it.page.locator("#thread-messages .card.suggestion")
        await expect(card.locator("strong")).to_have_text("bold")
        await expect(card.locator("li")).to_have_text(["one", "two", "The first case"])
        await expect(card.locator("img")).to_have_count(0)
        await expect(card.locator("a")).to_have_count(1)
        await expect(card.locator("blockquote")).to_contain_text("<b>Not bold</b> [no](https://link.example)")
        await expect(it.page.locator("#timeline .chip.suggested")).to_be_visible()
        await expect(it.page.locator("#announcer")).to_contain_text("Vigil Bot: This was solved before")
        await card.get_by_role("button", name="Helpful").click()
        await expect(it.page.locator(".toast")).to_contain_text("noted, as Rita")
        pressed = (await it.served.core.has(3))[-1]
        assert isinstance(pressed, ActionInvoked)
        assert (pressed.action, pressed.value, pressed.author.id) == ("helpful", "s1", "Rita")


async def test_why_opens_a_receipt_and_escape_closes_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        asked = await it.ask("is the build red?")
        await it.page.locator("#thread-messages .why-button").click()
        await expect(it.page.locator("#why .card")).to_contain_text(f"why {asked}")
        await it.page.keyboard.press("Escape")
        await expect(it.page.locator("#why")).to_be_hidden()


async def test_a_command_is_completed_and_answered_to_me_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        page = it.page
        await page.fill("#composer-text", "/vigil st")
        await expect(page.locator("#composer .completions li")).to_have_text(
            [re.compile("status"), re.compile("stats")]
        )
        await page.press("#composer-text", "ArrowDown")
        await page.press("#composer-text", "Tab")
        assert await page.input_value("#composer-text") == "/vigil stats"
        await page.press("#composer-text", "Enter")
        await expect(page.locator("#timeline .note .card")).to_contain_text("said stats")
        assert await it.served.chat.messages("support") == []
        await page.get_by_role("button", name="Dismiss").click()
        await expect(page.locator("#timeline .note")).to_have_count(0)


async def test_channels_are_made_and_news_in_another_one_is_marked(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        page = it.page
        await page.fill("#channel-name", "值班")
        await page.press("#channel-name", "Enter")
        await expect(page.locator("#channel-title")).to_contain_text("值班")
        ref = ConversationRef(platform="local", workspace_id="local", channel_id="support")
        await it.served.client.post(ref, suggestion("hi", "m-1"), key="elsewhere")
        await expect(page.locator("#channels a.unread")).to_contain_text("support")
        await page.locator("#channels a", has_text="support").click()
        await expect(page.locator("#timeline .card")).to_be_visible()
        await expect(page.locator("#channels a.unread")).to_have_count(0)


async def test_the_guided_example_goes_through_all_six_steps(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        page, tour = it.page, it.page.locator("#tour")
        await expect(tour.locator("li")).to_have_count(6)
        for action, box, messages in (
            ("Write as Rita", "#composer-text", 1),
            ("Answer as Amir", "#reply-text", 2),
            ("Confirm as Rita", "#reply-text", 3),
        ):
            await tour.get_by_role("button", name=action).click()
            await expect(page.locator(box)).to_be_focused()
            await expect(page.locator(box)).not_to_have_value("")
            await page.keyboard.press("Enter")
            await expect(page.locator("#thread-messages .message")).to_have_count(messages)
        await tour.get_by_role("button", name="Learn now").click()
        await tour.get_by_role("button", name="Write as Chen").click()
        await expect(page.locator("#composer-text")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(tour.locator(".busy")).to_contain_text("Vigil waits")
        await it.suggest((await page.evaluate("location.hash")).rsplit("/", 1)[1])
        await expect(tour.locator("[aria-current=step]")).to_contain_text("Why")
        await page.locator("#thread-messages .why-button").first.click()
        await page.keyboard.press("Escape")
        await expect(tour.locator("li.done")).to_have_count(6)
        await tour.get_by_role("button", name="Hide the guided example").click()
        await page.reload()
        await expect(page.locator("#timeline .message")).to_have_count(2)
        await expect(tour).to_be_hidden()


async def test_a_message_that_cannot_be_sent_stays_in_the_box_and_is_posted_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        it.served.core.full = True
        await it.page.fill("#composer-text", "help")
        await it.page.press("#composer-text", "Enter")
        await expect(it.page.locator(".toast.wrong")).to_contain_text("cannot store")
        await expect(it.page.locator("#composer-text")).to_have_value("help")
        it.served.core.full = False
        await it.page.press("#composer-text", "Enter")
        await expect(it.page.locator("#composer-text")).to_have_value("")
        await expect(it.page.locator("#timeline .message")).to_have_count(1)
        assert [re.search("503", fault) is not None for fault in it.faults] == [True]
        it.faults.clear()


async def test_a_lost_connection_is_shown_and_what_was_missed_is_fetched(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        asked = await it.ask("hello?")

        async def down(route: Route) -> None:
            await route.abort()

        await it.page.route("**/api/events*", down)
        it.served.chat.hang_up()
        await expect(it.page.locator("#offline")).to_be_visible()
        await it.suggest(asked)
        await it.page.unroute("**/api/events*")
        await expect(it.page.locator("#thread-messages .card.suggestion")).to_be_visible()
        await expect(it.page.locator("#offline")).to_be_hidden()
        it.faults.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_narrow_screen_nothing_is_cut_off_and_the_menu_opens(tmp_path: Path, scheme: str) -> None:
    async with opened(tmp_path, size=(380, 760), scheme=scheme) as it:
        page = it.page
        await page.get_by_role("button", name="Channels").click()
        await expect(page.locator("#sidebar")).to_be_visible()
        await page.keyboard.press("Escape")
        await it.ask("a long_word_without_a_space_" * 20)
        assert await page.evaluate("document.documentElement.scrollWidth") == 380
        await expect(page.locator("#thread #tour")).to_be_visible()
        await page.get_by_role("button", name="Close thread").click()
        await expect(page.locator("#composer-text")).to_be_focused()
        dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        ink, paper = await page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert (_brightness(ink) > _brightness(paper)) == dark == (scheme == "dark")


async def test_the_theme_can_be_chosen_and_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        theme = it.page.locator("#theme")
        for expected in ("light", "dark"):
            await theme.click()
            await expect(theme).to_have_text(f"Theme: {expected}")
        await it.page.reload()
        await expect(it.page.locator("html")).to_have_attribute("data-theme", "dark")


def _brightness(color: str) -> int:
    return sum(int(part) for part in re.findall(r"\d+", color)[:3])
