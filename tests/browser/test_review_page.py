"""The review queue in a real browser, over the real engine."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.browser.test_chat_page import CHROMIUM, QUIET
from tests.fakes.world import ENTRY, World, world
from tests.network.local_server import serve
from vigil_bot.assembly import review_desk
from vigil_bot.clock import SystemClock
from vigil_bot.console.review import routes
from vigil_bot.model.conversation import Author, AuthorKind, Role
from vigil_bot.model.event import MessagePosted
from vigil_bot.model.knowledge import Confidence, EvidenceClass, KnowledgeEntry, Source


@dataclass(frozen=True)
class Opened:
    page: Page
    on: World

    async def entry(self, entry_id: str) -> KnowledgeEntry:
        found = await self.on.parts.base.get(entry_id)
        assert found is not None
        return found


@contextlib.asynccontextmanager
async def opened(
    tmp_path: Path, *, scheme: str = "light", size: tuple[int, int] = (1280, 900), token: str | None = None
) -> AsyncIterator[Opened]:
    async with world() as on:
        asked = await on.say("since the rotation our payments pods crash with PAY-1203, what now?", by="rita")
        answer = "The sidecar caches the old certificate. Run `pay reload`. Then wait a minute."
        said = await on.say(answer, by="anna", role=Role.ANALYST, thread=asked.id)
        ours = Author(id="vigil", kind=AuthorKind.SELF)
        await on.happens(
            MessagePosted(message=replace(said, id="card-1", author=ours, text="Waiting on the requester"))
        )
        source = Source(
            thread_id=asked.conversation.key,
            message_ids=(said.id,),
            permalink="https://chat.test/m2",
            evidence=EvidenceClass.ANALYST_SAID,
        )
        new = replace(ENTRY, id="e2", resolution=answer, sources=(source,), contradicts=("e1",))
        settled = replace(ENTRY, confidence=Confidence.VALIDATED, contradicts=("e2",))
        other = replace(
            ENTRY, id="e3", title="vpn", issue="The VPN drops <b>often</b>.", resolution="Use TCP.", sources=(source,)
        )
        await on.know(settled, new, other)
        desk = review_desk(on.parts)
        async with (
            serve(tmp_path / "local.db", SystemClock(), token=token, tables=(routes(desk),)) as served,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            viewport = {"width": size[0], "height": size[1]}
            page = await browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
            page.set_default_timeout(10_000)
            faults: list[str] = []
            page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
            await page.goto(f"{served.url}/review")
            yield Opened(page=page, on=on)
            await browser.close()
            assert [fault for fault in faults if "status of 400" not in fault] == []  # what was refused


async def test_an_entry_is_approved_with_its_source_beside_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        entry = it.page.locator("#e2")
        await expect(entry.locator(".reason")).to_have_text("is contradicted")
        await expect(entry.locator(".other")).to_contain_text("kubectl rollout restart")
        await expect(entry.locator(".sources li")).to_have_count(2)
        await expect(entry.locator(".sources li.cited")).to_contain_text("Run pay reload. Then")
        await expect(entry.locator(".sources li.cited code")).to_have_text("pay reload")
        await expect(entry.locator(".about > .words code")).to_have_text("pay reload")
        await expect(entry.locator(".sources")).not_to_contain_text("Waiting on")
        await expect(entry.get_by_role("link", name="Open the source")).to_have_attribute(
            "href", "https://chat.test/m2"
        )
        await entry.get_by_role("button", name="Approve").click()
        await expect(it.page.get_by_role("status")).to_contain_text("Approved. e2")
        await expect(it.page.locator(".entry")).to_have_count(1)
        approved, replaced = await it.entry("e2"), await it.entry("e1")
        assert (approved.confidence, replaced.superseded_by) == (Confidence.VALIDATED, "e2")


async def test_an_entry_is_edited_by_keyboard_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        entry = it.page.locator("#e3")
        await expect(entry).to_contain_text("drops <b>often</b>")  # as text
        await entry.locator("summary", has_text="Edit").focus()
        await it.page.keyboard.press("Enter")
        await expect(entry.get_by_label("Solution")).to_be_visible()
        for _ in range(4):  # title, problem, environment, solution
            await it.page.keyboard.press("Tab")
        await it.page.keyboard.press("Control+A")
        await it.page.keyboard.type("Use TCP 443.\nThen connect again.")
        for _ in range(2):
            await it.page.keyboard.press("Tab")
        await it.page.keyboard.press("Enter")
        await expect(it.page.get_by_role("status")).to_contain_text("Changed. e3")
        edited = await it.entry("e3")
        assert (edited.resolution, edited.version, edited.issue) == (
            "Use TCP 443.\nThen connect again.",
            2,
            "The VPN drops <b>often</b>.",
        )
        await it.page.locator("#e3").get_by_role("button", name="Undo").click()
        await expect(it.page.locator("#e3 .words").nth(1)).to_have_text("Use TCP.")


async def test_sentences_are_split_off_and_an_entry_is_rejected_with_a_reason(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        entry = it.page.locator("#e2")
        await entry.locator("summary", has_text="Split").click()
        await entry.get_by_label("Then wait a minute.").check()
        await entry.get_by_role("button", name="Split").click()
        await expect(it.page.locator(".entry")).to_have_count(4)
        assert "wait" not in (await it.entry("e2")).resolution
        assert (await it.entry("e2-1")).resolution == "Then wait a minute."
        await it.page.locator("#e2").get_by_label("Why it is wrong").fill("the sidecar is gone")
        await it.page.keyboard.press("Enter")  # rejects, and does not approve
        await expect(it.page.get_by_role("status")).to_contain_text("Rejected. e2")
        history = await it.on.parts.base.history("e2")
        assert (history[-1].why, history[-1].entry.confidence) == ("the sidecar is gone", Confidence.ARCHIVED)


async def test_two_entries_are_merged(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        entry = it.page.locator("#e2")
        await entry.locator("summary", has_text="Merge").click()
        await entry.get_by_role("button", name="Merge").click()
        await expect(it.page.get_by_role("status")).to_contain_text("Merged. e2")
        assert (await it.entry("e1")).superseded_by == "e2"


async def test_a_decision_about_words_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as it:
        await it.on.command("kb edit e3 resolution: Use UDP.")
        await it.page.locator("#e3").get_by_role("button", name="Approve").click()
        await expect(it.page.get_by_role("alert")).to_contain_text("changed meanwhile")
        assert (await it.entry("e3")).confidence is Confidence.NOT_VALIDATED


async def test_the_page_fits_a_small_dark_screen(tmp_path: Path) -> None:
    async with opened(tmp_path, scheme="dark", size=(390, 800)) as it:
        assert await it.page.evaluate("document.documentElement.scrollWidth") <= 390
        await it.page.keyboard.press("Tab")
        await expect(it.page.locator(".skip")).to_be_focused()


async def test_only_who_knows_the_token_decides(tmp_path: Path) -> None:
    async with opened(tmp_path, token="a long secret") as it:
        await it.page.get_by_label("Token").fill("a long secret")
        await it.page.get_by_role("button", name="Sign in").click()
        await expect(it.page).to_have_title("Chat · Vigil Bot")
        await it.page.get_by_role("link", name="Review").click()
        await it.page.locator("#e3").get_by_role("button", name="Approve").click()
        await expect(it.page.get_by_role("status")).to_contain_text("Approved. e3")
        context = await it.page.context.browser.new_context()  # type: ignore[union-attr]
        answer = await context.request.post(
            it.page.url.partition("?")[0] + "/e2", form={"action": "approve", "version": "1"}, max_redirects=0
        )
        assert answer.status == 303  # to sign in
        assert (await it.entry("e2")).waits
