// The three columns: channels, the timeline of a channel, the open thread.

import { drawCard } from "/static/card.js";
import { byId, h, icon, reconcile, time } from "/static/dom.js";
import { drawMessage, signature } from "/static/message.js";
import { changed, state, threadMessages, threads } from "/static/state.js";
import { t, tn } from "/static/texts.js";

export const addressOf = (channel, id) => `#/c/${encodeURIComponent(channel)}${id ? `/m/${encodeURIComponent(id)}` : ""}`;

export function drawSidebar() {
  reconcile(byId("channels"), state.channels, {
    key: (channel) => channel.id,
    signature: (channel) => JSON.stringify([channel, channel.id === state.channel, state.unread.has(channel.id)]),
    draw: (channel) => {
      const here = channel.id === state.channel;
      const unread = state.unread.has(channel.id);
      const attributes = { class: unread ? "unread" : "", href: addressOf(channel.id), "aria-current": here ? "page" : null, "data-focus": "channel" };
      return h("li", {}, h("a", attributes, h("span", { class: "hash", "aria-hidden": "true" }, "#"), h("span", {}, channel.name), unread && h("span", { class: "hidden" }, t("new messages"))));
    },
  });
}

export function drawTimeline() {
  const all = threads();
  const channel = state.channels.find(({ id }) => id === state.channel);
  byId("channel-title").replaceChildren(h("span", { class: "hash", "aria-hidden": "true" }, "#"), channel?.name ?? state.channel ?? "");
  byId("channel-note").textContent = all.length ? tn("{count} thread", "{count} threads", all.length) : "";
  byId("timeline-empty").hidden = all.length > 0 || notes(null).length > 0;
  byId("earlier").hidden = !state.more;
  const foot = (thread) => drawFoot(thread);
  stickToEnd(byId("timeline-scroll"), state.channel, () =>
    reconcile(byId("timeline"), [...all, ...notes(null)], {
      key: (item) => item.id,
      signature: (item) => (item.card ? item.id : signature(item.first, "timeline", [item.messages.slice(1).map(({ id, edited_at: at }) => [id, at]), item.id === state.threadId])),
      draw: (item) => (item.card ? drawNote(item) : openable(item, drawMessage(item.first, "timeline", foot(item)))),
    }),
  );
}

export function drawThread() {
  const panel = byId("thread");
  const messages = state.threadId ? threadMessages(state.threadId) : [];
  panel.hidden = messages.length === 0;
  byId("app").classList.toggle("with-thread", !panel.hidden);
  if (panel.hidden) return;
  byId("thread-title").textContent = t("Thread of {name}", { name: messages[0].author });
  stickToEnd(byId("thread-scroll"), state.threadId, () =>
    reconcile(byId("thread-messages"), [...messages, ...notes(state.threadId)], {
      key: (item) => item.id,
      signature: (item) => (item.kind ? signature(item, "thread") : item.id),
      draw: (item) => (item.kind ? drawMessage(item, "thread") : drawNote(item)),
    }),
  );
}

/** Scroll to the highlighted message, once. */
export function revealHighlight() {
  const id = state.highlight;
  const row = id && (byId("thread-messages").querySelector(`[data-key="${CSS.escape(id)}"]`) ?? byId(id));
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  setTimeout(() => {
    if (state.highlight !== id) return;
    state.highlight = null;
    changed();
  }, 2500);
}

function drawFoot(thread) {
  const replies = thread.messages.slice(1);
  const status = replies.findLast(({ card }) => card?.kind === "status");
  const suggested = replies.some(({ card }) => card?.kind === "suggestion");
  const people = replies.filter(({ card }) => !card).length;
  const last = replies.at(-1);
  const words = people === 0 ? t("Open thread") : tn("{count} reply", "{count} replies", people);
  return h(
    "div",
    { class: "foot" },
    h("a", { class: "open-thread", href: addressOf(thread.first.channel, thread.first.id), "data-focus": "open", "aria-expanded": String(thread.id === state.threadId) }, icon("replies"), words),
    suggested && h("span", { class: "chip suggested" }, icon("suggestion"), t("Vigil suggested an answer")),
    status && h("span", { class: "chip" }, status.card.title),
    last && h("span", { class: "muted small" }, time(last.ts)),
  );
}

function openable(thread, row) {
  row.classList.toggle("open", thread.id === state.threadId);
  row.addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, textarea, summary, pre, dialog") || String(getSelection())) return;
    location.hash = addressOf(thread.first.channel, thread.first.id);
  });
  return row;
}

const notes = (threadId) => state.notes.filter((note) => note.channel === state.channel && note.threadId === threadId);

function drawNote(note) {
  const close = () => {
    state.notes = state.notes.filter(({ id }) => id !== note.id);
    changed();
  };
  const button = h("button", { class: "icon-button", type: "button", "aria-label": t("Dismiss"), onclick: close }, icon("close"));
  return h("li", { class: "note", role: "status" }, h("header", {}, h("code", {}, note.text), h("span", { class: "muted small" }, t("only you see this")), button), drawCard(note.card, () => {}));
}

/** Draw, and stay at the end if that is where the reader is, or if it is another list now. */
function stickToEnd(scroll, name, draw) {
  const other = scroll.dataset.of !== name;
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
  scroll.dataset.of = name;
  draw();
  if (other || atEnd) scroll.scrollTop = scroll.scrollHeight;
}
