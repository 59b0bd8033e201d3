// The page's own words in the language of the page; English stands in the sources, the others in texts.<language>.js.

const language = document.documentElement.lang.split("-")[0];
const texts = language === "en" ? {} : (await import(`/static/texts.${language}.js`)).default;

/** Say a text, with values in its {places}. */
export function t(english, values = {}) {
  return fill(texts[english] ?? english, values);
}

/** Say the text that fits a count. */
export function tn(one, many, count) {
  return fill(texts[one] ?? (count === 1 ? one : many), { count });
}

/** Mark a text that is said later. */
export function marked(english) {
  return english;
}

/** Say a text that is made of elements: its {places} are filled with nodes. */
export function nodes(english, values) {
  return (texts[english] ?? english).split(/\{(\w+)\}/).map((part, index) => (index % 2 ? values[part] : part));
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_whole, name) => String(values[name]));
}
