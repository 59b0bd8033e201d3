// Puts the page together.

import * as api from "/static/api.js";
import { command, onSent, setUpComposer } from "/static/composer.js";
import { arrowKeys, byId, icon } from "/static/dom.js";
import { connect } from "/static/live.js";
import { attempt } from "/static/message.js";
import { changed, onPersona, refresh, state, subscribe } from "/static/state.js";
import { checkTour, setUpTour } from "/static/tour.js";
import { addressOf, drawSidebar, drawThread, drawTimeline, revealHighlight } from "/static/views.js";
import { setUpWhy } from "/static/why.js";
import { t } from "/static/texts.js";

const main = setUpComposer(byId("composer"), {
  id: "composer-text",
  placeholder: t("Start a new thread"),
  label: t("Start a new thread"),
  threadId: () => null,
});
const thread = setUpComposer(byId("thread-composer"), {
  id: "reply-text",
  placeholder: t("Reply in this thread"),
  label: t("Reply in this thread"),
  threadId: () => state.threadId,
});

/** Go where the address says: #/c/<channel>[/m/<message>]. */
async function go() {
  const [, channel, , message] = location.hash.slice(1).split("/").slice(1).map(decodeURIComponent);
  const id = state.channels.some((known) => known.id === channel) ? channel : state.channels[0]?.id;
  if (id !== state.channel) {
    Object.assign(state, { channel: id, messages: new Map(), threadId: null, page: 300 });
    await attempt(() => refresh());
  }
  state.unread.delete(id);
  openMenu(false);
  if (message && !state.messages.has(message)) await fetchOlder(id, message);
  const found = state.messages.get(message);
  state.threadId = found?.thread_id ?? null;
  state.highlight = found && found.id !== found.thread_id ? found.id : null;
  changed();
  if (found) setTimeout(revealHighlight, 0);
}

/** A link may lead to a message that is older than what was fetched. */
async function fetchOlder(channel, id) {
  const around = await attempt(() => api.messages(channel, { last: 10000, viewer: state.persona.name }));
  const target = (around || []).find((message) => message.id === id);
  for (const message of around || []) if (target && message.thread_id === target.thread_id) state.messages.set(message.id, message);
}

function closeThread() {
  location.hash = addressOf(state.channel);
  main.focus();
}

function openMenu(open) {
  byId("app").classList.toggle("menu-open", open);
  byId("menu").setAttribute("aria-expanded", String(open));
}

function setUpTheme() {
  const names = ["auto", "light", "dark"];
  const words = { auto: t("Theme: auto"), light: t("Theme: light"), dark: t("Theme: dark") };
  const root = document.documentElement;
  const show = () => (byId("theme").textContent = words[root.dataset.theme ?? "auto"]);
  byId("theme").addEventListener("click", () => {
    const next = names[(names.indexOf(root.dataset.theme ?? "auto") + 1) % names.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    localStorage.setItem("vigil.theme", next);
    show();
  });
  show();
}

function setUpButtons() {
  byId("menu").append(icon("menu"));
  byId("add-channel").append(icon("add"));
  byId("thread-close").append(icon("close"));
  byId("menu").addEventListener("click", () => openMenu(!byId("app").classList.contains("menu-open")));
  byId("channel").addEventListener("click", (event) => event.target.closest("#menu") || openMenu(false));
  byId("thread-close").addEventListener("click", closeThread);
  byId("help").addEventListener("click", () => (openMenu(false), command("/vigil help", null)));
  byId("earlier").addEventListener("click", () => {
    state.page = Math.min(state.page * 2, 10000);
    attempt(() => refresh());
  });
  byId("new-channel").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = byId("channel-name").value.trim();
    const made = name && (await attempt(() => api.addChannel(name)));
    if (!made) return;
    byId("channel-name").value = "";
    if (!state.channels.some(({ id }) => id === made.id)) state.channels.push(made);
    location.hash = addressOf(made.id);
  });
  byId("thread").addEventListener("keydown", (event) => event.key === "Escape" && thread.isEmpty() && closeThread());
  byId("sidebar").addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));
  byId("timeline").addEventListener("click", (event) => {
    const byKeyboard = event.detail === 0;
    if (byKeyboard && event.target.closest(".open-thread")) setTimeout(thread.focus, 50);
  });
  arrowKeys(byId("channels"), "a");
  arrowKeys(byId("timeline"), ".open-thread");
}

async function start() {
  subscribe(drawSidebar);
  subscribe(drawTimeline);
  subscribe(drawThread);
  setUpTheme();
  setUpWhy();
  setUpButtons();
  onPersona(connect);
  onSent((posted, _tag, threadId) => threadId === null && (location.hash = addressOf(state.channel, posted.id)));
  state.channels = (await attempt(() => api.channels())) || [];
  await go();
  setUpTour(main, thread);
  checkTour();
  addEventListener("hashchange", go);
  connect();
}

await start();
