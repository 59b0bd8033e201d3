// Live updates by server-sent events, with the state of the connection shown.

import { channels } from "/static/api.js";
import { announce, byId } from "/static/dom.js";
import { changed, forget, refresh, state, upsert } from "/static/state.js";
import { shorten } from "/static/why.js";
import { t } from "/static/texts.js";

const RETRY_MS = 3000;
let source = null;
let retry = null;

/** Listen, as the person who is speaking now. */
export function connect() {
  source?.close();
  clearTimeout(retry);
  source = new EventSource(`/api/events?${new URLSearchParams({ viewer: state.persona.name })}`);
  source.addEventListener("hello", () => {
    show("live", t("Live"));
    catchUp().catch(() => show("lost", t("Reconnecting")));
  });
  for (const kind of ["channel_created", "message_posted", "message_edited", "message_deleted", "reaction_added", "reaction_removed", "action_invoked"]) {
    source.addEventListener(kind, (event) => hear(JSON.parse(event.data)));
  }
  source.addEventListener("error", () => {
    show("lost", t("Reconnecting"));
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, RETRY_MS);
  });
}

async function catchUp() {
  state.channels = await channels();
  if (!state.channels.some(({ id }) => id === state.channel)) location.hash = "";
  await refresh();
}

function show(className, text) {
  const place = byId("connection");
  if (place.textContent !== text) place.textContent = text;
  place.className = `connection ${className}`;
  byId("offline").hidden = className !== "lost";
}

function hear(change) {
  const { kind, channel, message } = change;
  if (!state.channels.some(({ id }) => id === channel.id)) {
    state.channels.push(channel);
    changed();
  }
  if (message && channel.id === state.channel) {
    if (kind === "message_deleted") forget(message.id);
    else upsert(message);
    if (kind === "message_posted" && message.author !== state.persona.name) announce(`${message.author}: ${shorten(message.text, 200)}`);
  } else if (kind === "message_posted") {
    state.unread.add(channel.id);
    changed();
  }
}
