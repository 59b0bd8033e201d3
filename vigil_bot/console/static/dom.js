// Small things about the document. Text is only ever set as text: nothing that people wrote becomes markup.

import { t } from "/static/texts.js";

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  add: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  send: "M5 12h13M12 5l7 7-7 7",
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1zM14 7l3 3",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12M10.500 11v5M13.500 11v5",
  smile: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM8.500 14c1.800 2.600 5.200 2.600 7 0M9.200 9.600v.4M14.800 9.600v.4",
  why: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM9.700 9.700c.2-1.400 1.200-2.100 2.400-2.100 1.400 0 2.300.9 2.300 2 0 1.800-2.400 1.900-2.400 3.700M12 16.400v.2",
  replies: "M5 6h14v9h-8l-4 4v-4H5z",
  check: "M5 12.500l4.500 4.500L19 7.500",
  suggestion: "M9 17h6M10 20h4M8.500 14.500C6.800 13.400 6 11.800 6 10a6 6 0 0 1 12 0c0 1.800-.8 3.400-2.500 4.500V17h-7z",
  status: "M6 20V4M6 5h11l-2.500 3.500L17 12H6",
  reply: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 11v5M12 8v.2",
  notice: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 11v5M12 8v.2",
};

/** Make an element: h("button", {class: "x", onclick: f}, "text", child). Attributes that are null or false are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Draw one of our line icons; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.notice);
  svg.append(path);
  return svg;
}

/** Make a list show items: rows whose signature is unchanged stay as they are, focus and all. */
export function reconcile(list, items, { key, signature, draw }) {
  const before = new Map([...list.children].map((row) => [row.dataset.key, row]));
  items.forEach((item, index) => {
    const sign = signature(item);
    let row = before.get(key(item));
    before.delete(key(item));
    if (!row || row.dataset.sign !== sign) {
      const drawn = draw(item);
      drawn.dataset.key = key(item);
      drawn.dataset.sign = sign;
      if (row) keepFocus(row, drawn);
      row = drawn;
    }
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  for (const row of before.values()) row.remove();
}

function keepFocus(before, after) {
  const name = before.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  before.replaceWith(after);
  if (name) after.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus();
}

/** Let the up and down keys move between the elements of a container that match. */
export function arrowKeys(container, selector) {
  container.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches(selector)) return;
    const all = [...container.querySelectorAll(selector)];
    const next = all[all.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

const LOCALE = navigator.languages?.find((one) => one.startsWith(document.documentElement.lang.slice(0, 2))) ?? document.documentElement.lang;
const CLOCK = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "medium" });

/** Show a time in epoch seconds: the hour today, the day before that. */
export function time(ts) {
  const at = new Date(ts * 1000);
  const today = at.toDateString() === new Date().toDateString();
  const text = today ? CLOCK.format(at) : t("{day}, {time}", { day: DAY.format(at), time: CLOCK.format(at) });
  return h("time", { datetime: at.toISOString(), title: FULL.format(at) }, text);
}

const MOMENT = /(?<!\d)(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d)?) UTC([+-]\d\d:\d\d)?(?![\w:])/;

/** Return the nodes of a text of ours, with the times in it as times of the reader's own zone. */
export function timed(text) {
  const pieces = text.split(new RegExp(`(${MOMENT.source.replace(/\((?!\?)/g, "(?:")})`));
  return pieces.filter(Boolean).map((piece) => {
    const [, day, clock, offset] = MOMENT.exec(piece) ?? [];
    const at = day ? Date.parse(`${day}T${clock}${offset ?? "Z"}`) : NaN;
    return Number.isNaN(at) ? piece : time(at / 1000);
  });
}

/** One of eight colours, always the same for a name. */
export function hue(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 997;
  return `hue-${sum % 8}`;
}

export function initial(name) {
  return [...name.trim()][0]?.toUpperCase() ?? "?";
}

/** Tell a person something in passing; an error stays longer. */
export function toast(text, { hint = "", wrong = false } = {}) {
  const note = h("div", { class: wrong ? "toast wrong" : "toast" }, h("span", {}, text), hint && h("small", {}, hint));
  byId("toasts").append(note);
  setTimeout(() => note.remove(), wrong ? 8000 : 3500);
}

export function announce(text) {
  byId("announcer").textContent = text;
}
