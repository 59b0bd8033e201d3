// One message: who, when, what, and what can be done with it.

import * as api from "/static/api.js";
import { drawCard } from "/static/card.js";
import { h, hue, icon, initial, time, toast } from "/static/dom.js";
import { markdown } from "/static/markdown.js";
import { changed, state, upsert } from "/static/state.js";
import { showWhy } from "/static/why.js";
import { t } from "/static/texts.js";

const QUICK = [
  ["👍", t("helpful")],
  ["👎", t("not helpful")],
  ["✅", t("this solved it")],
  ["🧠", t("learn this")],
  ["🔇", t("mute this thread")],
  ["🗑️", t("withdraw it")],
];
const ROLES = { requester: t("requester"), analyst: t("analyst") };

/** How a message looks in a place, as text; it is drawn again when that changes. */
export function signature(message, place, more = "") {
  const own = message.author === state.persona.name;
  const at = spot(place, message.id);
  return JSON.stringify([message, own && state.persona.name, state.editing === at, picking === at, state.highlight === message.id, more]);
}

let picking = null; // where the emoji row is open

const spot = (place, id) => `${place} ${id}`; // a first message stands in the timeline and in its thread

/** Draw a message in a place; foot is put under it. */
export function drawMessage(message, place, foot = null) {
  const at = spot(place, message.id);
  const bot = message.kind === "bot";
  const classes = ["message", bot && "from-bot", state.highlight === message.id && "highlight", message.only_for && "only-you"];
  const row = h(
    "li",
    { class: classes.filter(Boolean).join(" "), id: place === "timeline" ? message.id : null, "data-spot": at },
    avatar(message.author, bot),
    h("div", { class: "body" }, head(message, bot, at), content(message, at), reactions(message), picking === at && picker(message, at), foot),
  );
  return row;
}

export function avatar(name, bot = false) {
  if (bot) return h("img", { class: "avatar", src: "/static/icon.svg", alt: "" });
  return h("span", { class: `avatar ${hue(name)}`, "aria-hidden": "true" }, initial(name));
}

function head(message, bot, at) {
  const address = `#/c/${encodeURIComponent(message.channel)}/m/${encodeURIComponent(message.id)}`;
  const role = bot ? t("bot") : ROLES[message.role];
  return h(
    "header",
    {},
    h("strong", { class: "name" }, message.author),
    role && h("span", { class: `role ${bot ? "bot" : message.role}` }, role),
    h("a", { class: "when", href: address, "data-focus": "when" }, time(message.ts)),
    message.edited_at && !bot && h("span", { class: "muted small" }, t("edited")),
    message.only_for && h("span", { class: "muted small" }, t("only you see this")),
    tools(message, bot, at),
  );
}

function tools(message, bot, at) {
  const own = !bot && message.author === state.persona.name;
  const tool = (name, label, act) =>
    h("button", { class: "tool", type: "button", title: label, "aria-label": `${label}: ${message.author}`, "data-focus": name, onclick: act }, icon(name));
  const why = h("button", { class: "tool why-button", type: "button", "data-focus": "why", "aria-label": t("Why: what the bot decided about this message of {name}", { name: message.author }), onclick: () => showWhy(message) }, t("Why?"));
  return h(
    "div",
    { class: "tools" },
    !message.only_for && tool("smile", t("React"), () => pick(at)),
    own && tool("edit", t("Edit"), () => startEditing(at)),
    own && tool("trash", t("Delete"), () => remove(message)),
    !message.only_for && why,
  );
}

function content(message, at) {
  if (state.editing === at) return editor(message);
  if (message.card) return drawCard(message.card, (button, element) => press(message, button, element));
  return h("div", { class: "prose" }, ...markdown(message.text));
}

function reactions(message) {
  const byEmoji = new Map();
  for (const { emoji, author } of message.reactions) byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), author]);
  if (byEmoji.size === 0) return null;
  const chips = [...byEmoji].map(([emoji, authors]) => {
    const mine = authors.includes(state.persona.name);
    const who = authors.join(", ");
    const attributes = { class: "reaction", type: "button", title: who, "aria-pressed": String(mine), "data-focus": `r${emoji}` };
    return h("button", { ...attributes, "aria-label": t("{emoji} by {who}", { emoji, who }), onclick: () => react(message, emoji, mine) }, emoji, h("span", {}, String(authors.length)));
  });
  return h("div", { class: "reactions" }, ...chips);
}

function picker(message, at) {
  const mine = new Set(message.reactions.filter(({ author }) => author === state.persona.name).map(({ emoji }) => emoji));
  const choice = ([emoji, meaning]) =>
    h("button", { type: "button", title: meaning, "aria-label": `${emoji} ${meaning}`, "data-focus": `p${emoji}`, onclick: () => react(message, emoji, mine.has(emoji)) }, emoji);
  const other = h("input", { "aria-label": t("Another emoji"), placeholder: t("other"), maxlength: "32", "data-focus": "other" });
  const form = h("form", {}, other);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (other.value.trim()) react(message, other.value.trim(), mine.has(other.value.trim()));
  });
  const row = h("div", { class: "picker", role: "group", "aria-label": t("Reactions") }, ...QUICK.map(choice), form);
  row.addEventListener("keydown", (event) => event.key === "Escape" && (event.stopPropagation(), pick(at)));
  return row;
}

function pick(at) {
  picking = picking === at ? null : at;
  changed();
  if (picking) queueMicrotask(() => document.querySelector(`[data-spot="${CSS.escape(at)}"] .picker button`)?.focus());
}

function startEditing(at) {
  state.editing = at;
  changed();
}

function editor(message) {
  const box = h("textarea", { rows: "3", "aria-label": t("Edit message"), "data-focus": "editor", maxlength: "40000" });
  box.value = message.text;
  const done = () => startEditing(null);
  const save = async () => {
    if (!box.value.trim()) return;
    if (await attempt(() => api.edit(message.id, state.persona.name, box.value))) done();
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") (event.stopPropagation(), done());
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) (event.preventDefault(), save());
  });
  queueMicrotask(() => box.isConnected && box.focus());
  const buttons = [h("button", { class: "button primary", type: "button", onclick: save }, t("Save")), h("button", { class: "button", type: "button", onclick: done }, t("Cancel"))];
  return h("div", { class: "editor" }, box, h("div", { class: "card-buttons" }, ...buttons));
}

async function react(message, emoji, removes) {
  picking = null;
  changed();
  const answer = await attempt(() => api.react(message.id, { author: state.persona.name, role: state.persona.role, emoji, remove: removes }));
  if (answer) upsert(answer);
}

async function remove(message) {
  if (!confirm(t("Delete this message?"))) return;
  await attempt(() => api.remove(message.id, state.persona.name));
}

async function press(message, button, element) {
  element.disabled = true;
  const body = { author: state.persona.name, role: state.persona.role, action: button.action, value: button.value };
  if (await attempt(() => api.press(message.id, body))) toast(t("{what}: noted, as {name}.", { what: button.label, name: state.persona.name }));
  element.disabled = false;
}

/** Do something that the API may refuse; say so if it does. */
export async function attempt(work) {
  try {
    return (await work()) ?? true;
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    toast(error.message, { hint: error.hint, wrong: true });
    return null;
  }
}
