// The API, as functions. A failure is a Refused with a hint, never a bare status.

import { t } from "/static/texts.js";

export class Refused extends Error {
  constructor(message, hint, status) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(t("The bot cannot be reached."), t("Is `vigil run` still running?"), 0);
  }
  if (response.status === 401) location.assign("/login");
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error ?? t("Refused ({status}).", { status: response.status }), answer.hint ?? "", response.status);
  return answer;
}

const part = encodeURIComponent;

export const channels = async () => (await ask("GET", "/api/channels")).channels;
export const addChannel = (name) => ask("POST", "/api/channels", { id: name, name });
export const messages = async (channel, query) =>
  (await ask("GET", `/api/channels/${part(channel)}/messages?${new URLSearchParams(query)}`)).messages;
export const post = (channel, body) => ask("POST", `/api/channels/${part(channel)}/messages`, body);
export const edit = (id, author, text) => ask("PATCH", `/api/messages/${part(id)}`, { author, text });
export const remove = (id, author) => ask("DELETE", `/api/messages/${part(id)}?${new URLSearchParams({ author })}`);
export const react = (id, body) => ask("POST", `/api/messages/${part(id)}/reactions`, body);
export const press = (id, body) => ask("POST", `/api/messages/${part(id)}/actions`, body);
export const command = async (body) => (await ask("POST", "/api/commands", body)).card;
export const distill = async () => (await ask("POST", "/api/operations/distill", {})).result;

/** An id that makes sending the same words again harmless. */
export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
