// The bot's cards.

import { h, icon, timed } from "/static/dom.js";
import { link, markdown, quoted } from "/static/markdown.js";
import { t } from "/static/texts.js";

const LABELS = { suggestion: t("Suggestion"), status: t("Case"), reply: t("Answer"), notice: t("Notice") };

/** Draw a card; press(button, element) is called for its buttons. */
export function drawCard(card, press) {
  return h(
    "section",
    { class: `card ${card.kind}`, "aria-label": LABELS[card.kind] ?? t("Card") },
    h("h3", {}, icon(card.kind), h("span", {}, card.title)),
    ...card.blocks.map(block),
    card.buttons.length > 0 && h("div", { class: "card-buttons" }, ...card.buttons.map((button) => drawButton(button, press))),
    card.footer && h("footer", {}, ...markdown(card.footer)),
  );
}

function block(block) {
  switch (block.kind) {
    case "text":
      return h("div", { class: "prose" }, ...markdown(block.markdown));
    case "quote":
      return h("blockquote", { class: "prose" }, ...quoted(block.text));
    case "facts":
      return h("dl", {}, ...block.facts.map(({ label, value }) => h("div", {}, h("dt", {}, label), h("dd", {}, ...timed(value)))));
    case "links":
      return h("ol", { class: "sources", "aria-label": t("Sources") }, ...block.links.map(source));
    default:
      return null;
  }
}

function source({ title, url, note }) {
  return h("li", {}, (url && link(url, title)) || h("span", {}, title), note && h("small", {}, ...timed(note)));
}

function drawButton(button, press) {
  const attributes = { class: `button ${button.style}`, type: "button", "data-focus": `${button.action}/${button.value}` };
  return h("button", { ...attributes, onclick: (event) => press(button, event.currentTarget) }, button.label);
}
