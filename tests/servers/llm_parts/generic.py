"""What a fake model says when nobody tells it what."""

import json
import re

from tests.servers.llm_parts.asked import Asked, Json


def generic(asked: Asked) -> Json:
    """Reply to each purpose with what stands in the data, so that a check against the data can hold."""
    data, whole = asked.data, json.dumps(asked.body)
    if "ready" in whole and not data:
        return {"ready": True}
    if "entries" in data:
        return _draft(data["entries"])
    rows: list[Json] = data.get("messages", [])
    if "asking" in data:
        return {"question": " ".join(row["text"] for row in rows if row["number"] in data["asking"]), "seen": []}
    if "worth_keeping" in whole:
        return _entry(data.get("title", ""), rows)
    lines = [{"text": row["text"].split("\n")[0], "messages": [row["number"]]} for row in rows[:1] + rows[1:][-1:]]
    return {"lines": lines}


def _draft(entries: list[Json]) -> Json:
    if not entries:
        return {"answers": False, "sentences": []}
    sentences = re.split(r"(?<=[.!?。！？])\s+", entries[0]["resolution"].strip())
    return {"answers": True, "sentences": [{"text": s, "entries": [entries[0]["number"]]} for s in sentences[:3]]}


def _entry(title: str, rows: list[Json]) -> Json:
    def said(mark: str) -> list[Json]:
        return [{"text": r["text"], "message": r["number"]} for r in rows if mark in r.get("marks", [])]

    issue, resolution = said("problem")[:1], said("answer")[-1:]
    worth = bool(issue and resolution)
    told = title or (issue[0]["text"][:80] if issue else "")
    return {
        "worth_keeping": worth,
        "title": told,
        "issue": issue,
        "resolution": resolution,
        "environment": "",
        "cause": [],
    }
