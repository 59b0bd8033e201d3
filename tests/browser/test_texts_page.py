"""The page in the language and the time zone of the browser."""

from pathlib import Path

from playwright.async_api import async_playwright, expect

from tests.browser.test_chat_page import CHROMIUM, QUIET
from tests.network.local_server import serve
from vigil_bot.clock import SystemClock
from vigil_bot.model.card import Card, CardKind, FactsBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef
from vigil_bot.texts.text import Moment


async def test_the_page_speaks_chinese_and_shows_times_in_its_zone(tmp_path: Path) -> None:
    async with serve(tmp_path / "local.db", SystemClock()) as served, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(locale="zh-CN", timezone_id="Asia/Shanghai")
        page.set_default_timeout(10_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(served.url)
        await expect(page.locator("#connection.live")).to_have_text("已连接")
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        await expect(page.locator("#composer-text")).to_have_attribute("placeholder", "发起新话题")
        await expect(page.locator(".tour h2")).to_have_text("两分钟了解完整流程")
        await page.fill("#composer-text", "/vigil as")
        await expect(page.locator("#composer [role=option]").first).to_have_text(
            "/vigil ask 问题查找已有知识，结果只有你看得到"
        )
        await page.fill("#composer-text", "磁盘满了")
        await page.press("#composer-text", "Enter")
        await expect(page.locator("#thread-title")).to_have_text("Rita 的话题")
        thread_id = (await page.evaluate("location.hash")).rsplit("/", 1)[1]
        ref = ConversationRef(platform="local", workspace_id="local", channel_id="support", thread_id=thread_id)
        card = Card(
            kind=CardKind.STATUS,
            title="待处理",
            blocks=(FactsBlock(facts=(("自", Moment(1_700_000_000.0)),)), TextBlock(markdown=f"到 {Moment(0.0)} 为止")),
        )
        await served.client.post(ref, card, key="k")
        times = page.locator("#thread-messages .card time")
        await expect(times.first).to_contain_text("06:13")
        assert await times.first.get_attribute("datetime") == "2023-11-14T22:13:00.000Z"
        await expect(times.nth(1)).to_contain_text("08:00")
        await browser.close()
        assert not faults


async def test_a_browser_of_another_language_gets_english(tmp_path: Path) -> None:
    async with serve(tmp_path / "local.db", SystemClock()) as served, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(locale="fr-FR")
        await page.goto(served.url + "/nothing")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.locator("h1")).to_have_text("Not Found")
        await browser.close()
