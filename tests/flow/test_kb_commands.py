"""What people may do with entries in a chat, and from the command line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.world import CHANNEL, ENTRY, QUESTION, SETTLE_S, World, world
from tests.flow.program import Program
from vigil_bot.model.card import Card
from vigil_bot.model.conversation import Author, Role
from vigil_bot.model.event import CommandInvoked
from vigil_bot.model.knowledge import Audience, Confidence, EvidenceClass, KnowledgeEntry, Source

ANNA = Author(id="anna", role=Role.ANALYST)
RITA = Author(id="rita", role=Role.REQUESTER)
ZOE = Author(id="zoe")
SAID = (Source(thread_id="test/w/oncall/old", message_ids=("old",), evidence=EvidenceClass.ANALYST_SAID),)
KNOWN = replace(ENTRY, confidence=Confidence.VALIDATED, sources=SAID)
OTHER = replace(
    KNOWN,
    id="e2",
    resolution="Run `pay reload`. Then wait a minute. Then look at the log.",
    confidence=Confidence.NOT_VALIDATED,
)
HIDDEN = replace(KNOWN, id="e9", audience=Audience(workspace="w", channels=("secret",)))


async def kb(on: World, text: str, *, by: Author = ANNA) -> Card:
    on.clock.advance(1.0)
    invoked = CommandInvoked(conversation=CHANNEL, author=by, text=f"kb {text}", at=on.clock.now())
    return await on.engine.commands.run(invoked)


async def entry(on: World, entry_id: str) -> KnowledgeEntry:
    found = await on.parts.base.get(entry_id)
    assert found is not None
    return found


async def test_what_an_analyst_teaches_is_valid_and_what_somebody_teaches_waits_for_one() -> None:
    async with world() as on:
        assert (await kb(on, "add the printer is on fire => use the extinguisher")).title == "Learned."
        assert (await kb(on, "add the door is stuck => push it harder", by=ZOE)).title == "Learned."
        taught = {e.title: e for e in await on.parts.base.entries()}
        assert taught["the printer is on fire"].confidence is Confidence.VALIDATED
        assert taught["the printer is on fire"].audience.workspace == "w"
        assert taught["the door is stuck"].provisional
        assert "known already" in (await kb(on, "add the door is stuck => push it harder", by=ZOE)).text
        assert len(await on.parts.base.entries()) == 2


async def test_secrets_in_what_is_taught_are_not_kept() -> None:
    async with world() as on:
        await kb(on, "add I cannot log in => use AKIAIOSFODNN7EXAMPLE as the key")
        await kb(on, "edit " + (await on.parts.base.entries())[0].id + " cause: mail bob@example.com about it")
        [known] = await on.parts.base.entries()
        assert "AKIA" not in known.resolution
        assert "example.com" not in (known.cause or "")


@pytest.mark.parametrize(
    "text",
    [
        "edit e1 resolution: delete everything",
        "approve e2",
        "reject e1",
        "archive e1",
        "merge e2 e1",
        "split e1 1",
        "undo e1",
    ],
)
@pytest.mark.parametrize("by", [RITA, ZOE], ids=lambda author: author.id)
async def test_nobody_but_an_analyst_changes_what_is_validated(text: str, by: Author) -> None:
    async with world() as on:
        await on.know(KNOWN, OTHER)
        before = await on.parts.base.entries()
        assert (await kb(on, text, by=by)).title == "That did not work."
        assert await on.parts.base.entries() == before


async def test_somebody_may_mend_what_nobody_has_validated_but_nothing_that_waits() -> None:
    async with world() as on:
        await on.know(OTHER, replace(OTHER, id="e3", contradicts=("e2",)))
        assert (await kb(on, "edit e2 resolution: Run `pay renew`.", by=ZOE)).title == "Changed."
        assert (await entry(on, "e2")).provisional
        assert (await kb(on, "reject e3", by=ZOE)).title == "That did not work."


async def test_an_entry_for_others_does_not_exist_here() -> None:
    async with world() as on:
        await on.know(KNOWN, HIDDEN)
        for text in ("show e9", "history e9", "edit e9 cause: x", "approve e9", "merge e1 e9", "undo e9"):
            card = await kb(on, text)
            assert "no such entry here" in card.text
            assert HIDDEN.resolution not in card.text
        assert (await entry(on, "e9")).version == 1


async def test_approving_one_of_two_replaces_the_other_and_undo_brings_it_back() -> None:
    async with world() as on:
        await on.know(replace(KNOWN, contradicts=("e2",)), replace(OTHER, contradicts=("e1",)))
        assert "e1" in (await kb(on, "review")).text
        assert (await kb(on, "approve e2")).title == "Approved."
        assert ((await entry(on, "e1")).superseded_by, (await entry(on, "e2")).confidence) == ("e2", "validated")

        assert (await kb(on, "undo e2")).title == "Undone."
        assert [(await entry(on, i)).waits for i in ("e1", "e2")] == [True, True]
        await kb(on, "approve e2 both")
        assert [(await entry(on, i)).waits for i in ("e1", "e2")] == [False, False]
        assert [(await entry(on, i)).usable for i in ("e1", "e2")] == [True, True]


async def test_rejecting_or_archiving_frees_what_waited_only_because_of_it() -> None:
    for verb in ("reject", "archive"):
        async with world() as on:
            await on.know(replace(KNOWN, contradicts=("e2",)), replace(OTHER, contradicts=("e1",)))
            await kb(on, f"{verb} e2 the pods are gone")
            first, second = await entry(on, "e1"), await entry(on, "e2")
            assert (first.waits, first.confidence, second.usable) == (False, Confidence.VALIDATED, False)
            assert "the pods are gone" in (await kb(on, "history e2")).text


async def test_of_three_opinions_the_third_still_waits_when_one_of_two_is_chosen() -> None:
    async with world() as on:
        third = replace(OTHER, id="e3", resolution="Buy a new cluster.", contradicts=("e1",))
        await on.know(replace(KNOWN, contradicts=("e2", "e3")), replace(OTHER, contradicts=("e1",)), third)
        await kb(on, "approve e2")
        assert (await entry(on, "e3")).contradicts == ("e2",)
        await kb(on, "approve e3")
        assert (await entry(on, "e2")).superseded_by == "e3"


async def test_merging_and_splitting_can_be_undone() -> None:
    async with world() as on:
        await on.know(KNOWN, OTHER)
        assert (await kb(on, "merge e2 e1")).title == "Merged."
        assert (await entry(on, "e1")).superseded_by == "e2"
        await kb(on, "undo e2")
        assert (await entry(on, "e1")).usable
        assert (await entry(on, "e2")).sources == OTHER.sources

        assert (await kb(on, "split e2 2,3")).title == "Split: e2 and e2-3."
        assert (await entry(on, "e2")).resolution == "Run `pay reload`."
        assert (await entry(on, "e2-3")).resolution == "Then wait a minute.\nThen look at the log."
        await kb(on, "undo e2")
        assert (await entry(on, "e2")).resolution == OTHER.resolution
        assert not (await entry(on, "e2-3")).usable


async def test_a_history_says_who_when_why_and_what() -> None:
    async with world() as on:
        await on.know(KNOWN)
        await kb(on, "edit e1 resolution: The sidecar caches the old certificate. Run `pay reload`.")
        shown = (await kb(on, "history e1")).text
        assert all(part in shown for part in ("v2", "anna", "+ Run `pay reload`.", "- Run `kubectl"))


async def test_gaps_are_questions_of_the_channel_that_got_no_answer() -> None:
    async with world() as on:
        for by in ("rita", "ravi"):
            await on.say(QUESTION, by=by)
            await on.wait(SETTLE_S + 1)
        shown = (await kb(on, "gaps", by=RITA)).text
        assert "2×" in shown
        assert "PAY-1203" in shown


async def test_an_operator_decides_from_the_command_line(tmp_path: Path) -> None:
    """Everything on the data of a program that does not run, and says so in words or in JSON."""
    program = Program(tmp_path / "home")
    lines = [
        {"id": "e1", "issue": "VPN drops", "resolution": "Use TCP 443. Then connect again."},
        {"id": "e2", "issue": "The VPN drops often", "resolution": "Buy a cable."},
        {"id": "e3", "issue": "disk full", "resolution": "Clean /var/log."},
    ]
    file = tmp_path / "entries.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))

    async def vigil(*arguments: str) -> str:
        code, out, err = await program.vigil(*arguments)
        assert code == 0, err
        return out

    await vigil("kb", "import", str(file))
    assert (await vigil("kb", "review")).strip() == "nothing waits for review"  # documents are not provisional
    assert json.loads(await vigil("kb", "review", "--json")) == []
    ids = {e["issue"]: e["id"] for e in json.loads(await vigil("kb", "list", "--json"))}
    vpn, often, disk = ids["VPN drops"], ids["The VPN drops often"], ids["disk full"]
    assert "validated" in await vigil("kb", "approve", vpn)
    assert json.loads(await vigil("kb", "split", vpn, "2", "--json"))["resolution"] == "Then connect again."
    await vigil("kb", "undo", vpn)
    await vigil("kb", "merge", vpn, often)
    assert json.loads(await vigil("kb", "show", often, "--json"))["superseded_by"] == vpn
    assert "archived" in await vigil("kb", "reject", disk, "--why", "no disks any more")
    assert "no disks any more" in await vigil("kb", "history", disk)
    assert "nothing is stored of 'rita' in the workspace 'local'" in await vigil("forget", "rita", "--yes")

    for wrong in (("kb", "approve", "nothing"), ("kb", "merge", vpn, vpn), ("kb", "split", vpn, "9")):
        code, out, err = await program.vigil(*wrong)
        assert (code, out) == (1, "")
        assert len(err.strip().splitlines()) == 1
