// The receipt of a decision, in a sheet at the side.

import * as api from "/static/api.js";
import { drawCard } from "/static/card.js";
import { byId, h, icon } from "/static/dom.js";
import { quoted } from "/static/markdown.js";
import { state } from "/static/state.js";
import { t } from "/static/texts.js";

const listeners = new Set();

/** Hear of every receipt that is shown. */
export function onWhy(listener) {
  listeners.add(listener);
}

/** Show what the bot decided about a message, and why. */
export async function showWhy(message) {
  const dialog = byId("why");
  const body = byId("why-body");
  const excerpt = h("blockquote", { class: "excerpt prose" }, ...quoted(shorten(message.text, 160)));
  body.replaceChildren(excerpt, h("p", { class: "muted" }, t("Looking it up")));
  if (!dialog.open) dialog.showModal();
  const { name, role } = state.persona;
  const asked = { author: name, role, channel: message.channel, thread_id: message.thread_id, text: `/vigil why ${message.id}` };
  try {
    const card = await api.command(asked);
    const again = h("button", { class: "button", type: "button", onclick: () => showWhy(message) }, t("Ask again"));
    body.replaceChildren(excerpt, drawCard(card, () => {}), h("p", { class: "muted small" }, t("The same in chat:"), " ", h("code", {}, asked.text)), again);
    for (const listener of listeners) listener(message, card);
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    body.replaceChildren(excerpt, h("p", { class: "wrong", role: "alert" }, `${error.message} ${error.hint}`));
  }
}

export function setUpWhy() {
  const dialog = byId("why");
  byId("why-close").append(icon("close"));
  byId("why-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  addEventListener("hashchange", () => dialog.close());
}

export function shorten(text, length) {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join("")}…` : text;
}
