// A small, safe Markdown: **bold**, _italic_, `code`, fences, [links](url), bare addresses, lists. It makes elements, never markup.

import { h, timed } from "/static/dom.js";

const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<![\w_])_([^_\n]+)_(?!\w)|\[([^\]\n]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>"'`，。；）]+[^\s<>"'`，。；）.,;:!?)\]])/g;

const FENCES = /^(```[^\n]*\n[\s\S]*?(?:\n```[ \t]*$|$(?![\s\S])))/m;

/** Return the nodes of a text. */
export function markdown(text) {
  return text.split(FENCES).flatMap((part) => (part.startsWith("```") ? fence(part) : blocks(part)));
}

/** Return the nodes of words that somebody else wrote: code looks like code, and nothing else is read into them. */
export function quoted(text) {
  const spans = (part) => part.split(/`([^`\n]+)`/).map((piece, index) => (index % 2 ? h("code", {}, piece) : piece));
  return text.split(FENCES).flatMap((part) => (part.startsWith("```") ? fence(part) : spans(part.replace(/^\n|\n$/g, ""))));
}

function fence(part) {
  const code = part.replace(/^```[^\n]*\n/, "").replace(/\n?```[ \t]*$/, "");
  return [h("pre", { tabindex: "0" }, h("code", {}, code))];
}

function blocks(part) {
  const nodes = [];
  for (const paragraph of part.split(/\n{2,}/).map((lines) => lines.replace(/^\n+|\s+$/g, "")).filter(Boolean)) {
    let run = { list: null, lines: [] };
    const flush = () => {
      if (run.lines.length) nodes.push(run.list ? list(run) : h("p", {}, ...inline(run.lines.join("\n"))));
    };
    for (const line of paragraph.split("\n")) {
      const kind = /^\s*[-*•]\s+/.test(line) ? "ul" : /^\s*\d+[.)]\s+/.test(line) ? "ol" : null;
      if (kind !== run.list) {
        flush();
        run = { list: kind, lines: [] };
      }
      run.lines.push(line);
    }
    flush();
  }
  return nodes;
}

function list({ list: name, lines }) {
  const start = name === "ol" ? Number.parseInt(lines[0], 10) : null;
  const items = lines.map((line) => h("li", {}, ...inline(line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, ""))));
  return h(name, { start: start !== null && start !== 1 ? String(start) : null }, ...items);
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(...timed(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const [whole, code, bold, italic, label, target, bare] = match;
    if (code !== undefined) nodes.push(h("code", {}, code));
    else if (bold !== undefined) nodes.push(h("strong", {}, ...inline(bold)));
    else if (italic !== undefined) nodes.push(h("em", {}, ...inline(italic)));
    else if (label !== undefined) nodes.push(link(target, label) ?? whole);
    else nodes.push(link(bare, bare) ?? whole);
  }
  nodes.push(...timed(text.slice(end)));
  return nodes.filter((node) => node !== "");
}

/** Return a link to the web or into this page; null for anything else. */
export function link(url, label) {
  const within = /^\/?#\/./.test(url);
  if (within) return h("a", { href: url.replace(/^\//, "") }, label);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return null;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}
