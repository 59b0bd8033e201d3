// What the page knows. Whoever draws subscribes; whoever changes something calls changed().

import { messages as fetchMessages } from "/static/api.js";

const PERSONAS = [
  { name: "Rita", role: "requester" },
  { name: "Amir", role: "analyst" },
  { name: "Chen", role: "requester" },
];
const FIRST_PAGE = 300; // messages

export const state = {
  channels: [],
  channel: null,
  messages: new Map(), // of the channel, by id
  threadId: null,
  highlight: null,
  editing: null,
  unread: new Set(),
  notes: [], // answers to commands, for these eyes only: {id, channel, threadId, card}
  personas: [...PERSONAS, ...stored("vigil.personas", [])],
  persona: PERSONAS[0],
  page: FIRST_PAGE,
  more: false,
};

const listeners = new Set();
let scheduled = false;

export function subscribe(listener) {
  listeners.add(listener);
}

/** Draw again, once for all changes of this moment. */
export function changed() {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    for (const listener of listeners) listener();
  });
}

export function stored(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function store(name, value) {
  localStorage.setItem(name, JSON.stringify(value));
}

const personaListeners = new Set();

export function onPersona(listener) {
  personaListeners.add(listener);
}

/** Speak as somebody from now on. */
export function speakAs(name, role) {
  let persona = state.personas.find((known) => known.name === name);
  if (!persona) {
    persona = { name, role };
    state.personas.push(persona);
    store("vigil.personas", state.personas.slice(PERSONAS.length));
  }
  if (role) persona.role = role;
  if (state.persona === persona) return;
  state.persona = persona;
  for (const listener of personaListeners) listener();
  changed();
}

let touched = new Set(); // ids that changed while a fetch was under way

export function upsert(message) {
  touched.add(message.id);
  state.messages.set(message.id, message);
  changed();
}

export function forget(id) {
  touched.add(id);
  state.messages.delete(id);
  changed();
}

/** Fetch the channel anew; what changed meanwhile is newer than what was fetched. */
export async function refresh() {
  const { channel, page } = state;
  if (!channel) return;
  touched = new Set();
  const found = await fetchMessages(channel, { last: page, viewer: state.persona.name });
  if (channel !== state.channel) return;
  const newer = [...state.messages.values()].filter((message) => touched.has(message.id));
  state.messages = new Map(found.filter((message) => !touched.has(message.id)).map((message) => [message.id, message]));
  for (const message of newer) state.messages.set(message.id, message);
  state.more = found.length === page;
  changed();
}

/** The threads of the channel, oldest first: {id, first, messages}. */
export function threads() {
  const byThread = new Map();
  for (const message of sorted()) {
    const thread = byThread.get(message.thread_id) ?? { id: message.thread_id, messages: [] };
    thread.messages.push(message);
    byThread.set(message.thread_id, thread);
  }
  return [...byThread.values()].map((thread) => ({ ...thread, first: thread.messages[0] }));
}

export const threadMessages = (threadId) => sorted().filter((message) => message.thread_id === threadId);

function sorted() {
  return [...state.messages.values()].sort((a, b) => a.ts - b.ts);
}
