// The message box: who is speaking, words, commands.

import * as api from "/static/api.js";
import { complete } from "/static/complete.js";
import { h, hue, icon } from "/static/dom.js";
import { attempt } from "/static/message.js";
import { changed, speakAs, state, subscribe, upsert } from "/static/state.js";
import { marked, nodes, t } from "/static/texts.js";

const listeners = new Set();
const KEYS = marked("{enter} sends · {line} new line · {slash} commands");

/** Hear of every message that was sent here: (posted, tag), with the tag that fill() was given. */
export function onSent(listener) {
  listeners.add(listener);
}

/** Put a composer into a place; threadId() names the thread that it writes in, null for a new one. */
export function setUpComposer(place, { id, placeholder, label, threadId }) {
  const box = h("textarea", { id, rows: "1", placeholder, "aria-label": label, maxlength: "40000" });
  const send = h("button", { class: "send", type: "submit", "aria-label": t("Send message") }, icon("send"));
  const speakers = h("div", { class: "speakers", role: "group", "aria-label": t("Who is speaking") });
  const form = h("form", { class: "box" }, box, send);
  const hint = h("p", { class: "keys muted" }, ...nodes(KEYS, { enter: h("kbd", {}, "Enter"), line: h("kbd", {}, "Shift Enter"), slash: h("kbd", {}, "/") }));
  place.append(speakers, form, hint);
  const usesKey = complete(box, place);
  let tag = null;
  let clientId = api.freshId();

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  };
  const submit = async () => {
    const text = box.value.trim();
    if (!text || send.disabled) return;
    send.disabled = true;
    const done = text.startsWith("/") ? await command(text, threadId()) : await say(box.value, threadId(), clientId, tag);
    send.disabled = false;
    if (!done) return;
    [box.value, tag, clientId] = ["", null, api.freshId()];
    grow();
  };

  form.addEventListener("submit", (event) => (event.preventDefault(), submit()));
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (usesKey(event)) return (event.preventDefault(), event.stopPropagation());
    if (event.key === "Enter" && !event.shiftKey) (event.preventDefault(), submit());
  });
  subscribe(() => drawSpeakers(speakers));
  drawSpeakers(speakers);

  return {
    fill(text, newTag = null) {
      [box.value, tag] = [text, newTag];
      grow();
      box.focus();
    },
    focus: () => box.focus(),
    isEmpty: () => box.value === "",
  };
}

async function say(text, threadId, clientId, tag) {
  const { name, role } = state.persona;
  const posted = await attempt(() => api.post(state.channel, { author: name, role, text, thread_id: threadId, client_id: clientId }));
  if (!posted) return false;
  const { id, thread_id: thread, ts } = posted;
  const before = state.messages.get(id);
  upsert(before ?? { id, channel: state.channel, thread_id: thread, author: name, kind: "human", role, text, card: null, ts, edited_at: null, only_for: null, reactions: [] });
  for (const listener of listeners) listener(posted, tag, threadId);
  return true;
}

/** Give a command and show the answer to this person only. */
export async function command(text, threadId) {
  const { name, role } = state.persona;
  const card = await attempt(() => api.command({ author: name, role, channel: state.channel, thread_id: threadId, text }));
  if (!card) return false;
  const id = api.freshId();
  state.notes.push({ id, channel: state.channel, threadId, text, card });
  changed();
  setTimeout(() => document.querySelector(`[data-key="${id}"]`)?.scrollIntoView({ block: "nearest" }));
  return true;
}

function drawSpeakers(place) {
  const sign = JSON.stringify([state.personas, state.persona.name]);
  if (place.dataset.sign === sign) return;
  place.dataset.sign = sign;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.name : null;
  place.replaceChildren(h("span", { class: "muted small", "aria-hidden": "true" }, t("Speaking as")), ...state.personas.map(speaker), somebodyElse());
  if (focused) place.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
}

function speaker(persona) {
  const on = persona === state.persona;
  const attributes = { type: "button", class: "speaker", "aria-pressed": String(on), "data-name": persona.name };
  return h("button", { ...attributes, onclick: () => speakAs(persona.name) }, h("span", { class: `dot ${hue(persona.name)}` }), persona.name, h("small", {}, t(persona.role)));
}

function somebodyElse() {
  const name = h("input", { maxlength: "80", placeholder: t("Name"), "aria-label": t("Name"), required: true, autocomplete: "off" });
  const role = h("select", { "aria-label": t("Role") }, h("option", { value: "requester" }, t("requester")), h("option", { value: "analyst" }, t("analyst")));
  const form = h("form", { class: "other" }, name, role, h("button", { class: "button" }, t("Speak")));
  const details = h("details", { class: "somebody" }, h("summary", { "aria-label": t("Somebody else") }, icon("add")), form);
  details.addEventListener("toggle", () => details.open && name.focus());
  details.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), (details.open = false)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (name.value.trim()) speakAs(name.value.trim(), role.value);
  });
  return details;
}
