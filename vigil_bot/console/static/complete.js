// Completion of slash commands: a listbox above the message box.

import { h } from "/static/dom.js";
import { t } from "/static/texts.js";

let commands = null;

function known() {
  commands ??= [...document.querySelectorAll("#commands li")].map((item) => ({ usage: item.dataset.usage, meaning: item.textContent }));
  return commands;
}

/** Complete what is typed into a box; returns handle(event), which says whether it used a key. */
export function complete(box, place) {
  const list = h("ul", { class: "completions", role: "listbox", id: `${box.id}-completions`, "aria-label": t("Commands"), hidden: true });
  place.append(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  let found = [];
  let at = 0;

  const close = () => show([]);
  const show = (next) => {
    found = next;
    at = 0;
    draw();
  };
  const draw = () => {
    list.hidden = found.length === 0;
    box.setAttribute("aria-expanded", String(found.length > 0));
    list.replaceChildren(...found.map((command, index) => option(command, index)));
    if (found.length) box.setAttribute("aria-activedescendant", `${list.id}-${at}`);
    else box.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const option = (command, index) => {
    const attributes = { role: "option", id: `${list.id}-${index}`, "aria-selected": String(index === at) };
    const take = (event) => (event.preventDefault(), choose(index));
    return h("li", { ...attributes, onmousedown: take }, h("code", {}, `/vigil ${command.usage}`), h("span", {}, command.meaning));
  };
  const choose = (index) => {
    const words = found[index].usage.split(" ");
    const fixed = words.filter((word) => word === word.toLowerCase() && /^[a-z]+$/.test(word));
    box.value = `/vigil ${fixed.join(" ")}${fixed.length < words.length ? " " : ""}`;
    close();
    box.focus();
  };

  box.addEventListener("input", () => {
    const typed = /^\/(?:v(?:i(?:g(?:i(?:l)?)?)?)?)?$|^\/vigil +([a-z ]*)$/i.exec(box.value);
    const start = typed?.[1]?.toLowerCase();
    show(typed ? known().filter(({ usage }) => start === undefined || (usage.startsWith(start) && start !== usage)) : []);
  });
  box.addEventListener("blur", close);

  return (event) => {
    if (found.length === 0) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      at = (at + step + found.length) % found.length;
      draw();
      return true;
    }
    if (event.key === "Escape") return (close(), true);
    const complete = known().some(({ usage }) => box.value.trim() === `/vigil ${usage.split(" ")[0]}`);
    if (event.key === "Tab" || (event.key === "Enter" && !complete)) return (choose(at), true);
    return false;
  };
}
