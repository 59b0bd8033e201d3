"""The guided example on the running program, in a real browser: asked, answered, confirmed, learned, and helped unasked."""

from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.browser.test_chat_page import CHROMIUM, QUIET
from tests.flow.program import Program

PATIENCE_MS = 20_000


async def send_step(page: Page, button: str, composer: str) -> None:
    await page.get_by_role("button", name=button).click()
    await expect(page.locator(composer)).not_to_have_value("")
    await page.press(composer, "Enter")


async def test_a_newcomer_clicks_through_the_whole_loop(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    await program.start()
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = await browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(f"http://{program.address}/")

            await send_step(page, "Write as Rita", "#composer-text")
            await send_step(page, "Answer as Amir", "#reply-text")
            await send_step(page, "Confirm as Rita", "#reply-text")
            await page.get_by_role("button", name="Learn now").click()
            await send_step(page, "Write as Chen", "#composer-text")

            card = page.locator("#thread-messages .card.suggestion")
            await expect(card).to_contain_text("update-ca-certificates", timeout=PATIENCE_MS)
            link = await card.locator("a").first.get_attribute("href")
            first = next(m for m in await program.messages("support") if m["author"] == "Rita")
            answer = next(m for m in await program.messages("support") if m["author"] == "Amir")
            assert link is not None
            assert link.rsplit("/", 1)[1] in (first["id"], answer["id"])

            question = page.locator("#thread-messages .message").first
            await question.hover()
            await question.get_by_role("button", name="Why").click()
            await expect(page.get_by_text("I suggested an answer.")).to_be_visible()
            await page.screenshot(path=tmp_path / "loop.png")
            await browser.close()
    finally:
        assert await program.stop() == 0
