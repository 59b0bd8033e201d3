// The guided example: six steps through the whole loop, each done for real through the API.

import * as api from "/static/api.js";
import { byId, h, icon } from "/static/dom.js";
import { attempt } from "/static/message.js";
import { changed, speakAs, state, store, stored, subscribe, threadMessages } from "/static/state.js";
import { onSent } from "/static/composer.js";
import { addressOf } from "/static/views.js";
import { onWhy } from "/static/why.js";
import { marked, nodes, t } from "/static/texts.js";

const QUESTION = t("Since this morning every build fails with `x509: certificate signed by unknown authority`. How can I get the build agents to trust the new internal CA?");
const ANSWER = t("The internal CA was rotated last night. On the build agent run `sudo update-ca-certificates` and then `sudo systemctl restart docker`, and the agent trusts the new certificate authority.");
const THANKS = t("That fixed it, the builds are green again. Thank you!");
const AGAIN = t("docker pull on our build agent says the certificate is signed by an unknown authority. What can I do?");
const FINISHED = marked("That is all of it. Try 👍, 👎 or 🔇 on the suggestion, or type {command}.");
const LEARN_TRIES = 10;
const LEARN_PAUSE_MS = 1500;

const STEPS = [
  { name: t("Ask"), text: t("Rita has a problem. Vigil reads it, finds nothing that it knows, and stays silent."), action: t("Write as Rita"), run: (to) => write(to.main, "Rita", "requester", QUESTION, "asked") },
  { name: t("Answer"), text: t("Amir, the analyst on call, answers in the thread."), action: t("Answer as Amir"), run: (to) => write(to.thread, "Amir", "analyst", ANSWER, "answered") },
  { name: t("Confirm"), text: t("Rita says that it worked. That is the evidence on which the case is solved."), action: t("Confirm as Rita"), run: (to) => write(to.thread, "Rita", "requester", THANKS, "confirmed") },
  { name: t("Learn"), text: t("Solved cases become knowledge on a schedule. You need not wait for it."), action: t("Learn now"), run: () => learn() },
  { name: t("Ask again"), text: t("A day later Chen meets the same fault and says it in other words. Ask, and wait: nobody calls the bot."), action: t("Write as Chen"), run: (to) => write(to.main, "Chen", "requester", AGAIN, "again") },
  { name: t("Why"), text: t("Vigil answered by itself, with its source. Press “Why?” on Chen’s question to see what it looked at."), action: null },
];

const tour = { step: 0, thread: null, second: null, hidden: false, busy: "", ...stored("vigil.tour", {}) };
Object.assign(tour, { busy: "", filled: null });
let composers = null;

export function setUpTour(main, thread) {
  composers = { main, thread };
  byId("tour-toggle").addEventListener("click", () => save({ hidden: !tour.hidden }));
  onSent(sent);
  subscribe(watch);
  onWhy((message) => tour.step === 5 && message.thread_id === tour.second && save({ step: 6 }));
  subscribe(draw);
  draw();
}

/** Begin anew when the thread of the tour is not there any more. */
export function checkTour() {
  const gone = [tour.thread, tour.second].some((id) => id && !state.messages.has(id));
  if (gone) save({ step: 0, thread: null, second: null, hidden: tour.hidden });
}

function save(change) {
  Object.assign(tour, change);
  store("vigil.tour", tour);
  changed();
}

function write(composer, name, role, text, tag) {
  speakAs(name, role);
  location.hash = addressOf(state.channel, composer === composers.thread ? tour.thread : null);
  setTimeout(() => composer.fill(text, tag), 50); // the thread has to be open before its box can be filled
  save({ filled: tour.step });
}

function sent(posted, tag) {
  if (tag === "asked") save({ step: 1, thread: posted.id });
  if (tag === "answered") save({ step: 2 });
  if (tag === "confirmed") save({ step: 3 });
  if (tag === "again") save({ second: posted.id, busy: t("Vigil waits until the thread is quiet, and looks at what it knows") });
}

function watch() {
  if (tour.step !== 4 || !tour.second) return;
  if (threadMessages(tour.second).some(({ card }) => card?.kind === "suggestion")) save({ step: 5, busy: "" });
}

async function learn() {
  save({ busy: t("Distilling the solved case") });
  for (let tries = 0; tries < LEARN_TRIES; tries += 1) {
    const result = await attempt(() => api.distill());
    if (!result) break;
    if (learned(result) > 0) return save({ step: 4, busy: "" });
    await new Promise((resolve) => setTimeout(resolve, LEARN_PAUSE_MS)); // the case is solved once the thread has been quiet
  }
  save({ busy: "" });
}

function learned(result) {
  return ["added", "confirmed", "updated", "superseded"].reduce((sum, name) => sum + (Number(result[name]) || 0), 0);
}

/** Where the thread covers the channel, the steps go with it. */
function moveTo() {
  const covered = matchMedia("(max-width: 1080px)").matches && !byId("thread").hidden;
  const bar = byId(covered ? "thread" : "channel").querySelector(".bar");
  if (bar.nextElementSibling !== byId("tour")) bar.after(byId("tour"));
}

function draw() {
  const place = byId("tour");
  moveTo();
  place.hidden = tour.hidden;
  byId("tour-toggle").setAttribute("aria-pressed", String(!tour.hidden));
  const sign = JSON.stringify(tour);
  if (place.dataset.sign === sign) return;
  place.dataset.sign = sign;
  place.classList.toggle("at-why", tour.step === 5);
  document.body.classList.toggle("tour-why", tour.step === 5 && !tour.hidden);
  const close = h("button", { class: "icon-button", type: "button", "aria-label": t("Hide the guided example"), onclick: () => save({ hidden: true }) }, icon("close"));
  place.replaceChildren(h("header", {}, h("h2", {}, t("The whole loop in two minutes")), close), h("ol", {}, ...STEPS.map(pill)), tour.step < STEPS.length ? current(STEPS[tour.step]) : finished());
}

function pill(step, index) {
  const done = index < tour.step;
  const now = index === tour.step;
  const number = done ? icon("check") : String(index + 1);
  return h("li", { class: done ? "done" : now ? "now" : "", "aria-current": now ? "step" : null }, h("span", { class: "number" }, number), h("span", { class: "step-name" }, step.name), done && h("span", { class: "hidden" }, t("done")));
}

function current(step) {
  const button = step.action && h("button", { class: "button primary", type: "button", disabled: tour.busy !== "", onclick: () => step.run(composers) }, step.action);
  const words = tour.busy ? h("p", { class: "busy", role: "status" }, tour.busy) : h("p", {}, tour.filled === tour.step ? t("Read it in the box below, and press Enter to send it.") : step.text);
  return h("div", { class: "current" }, words, button);
}

function finished() {
  const again = h("button", { class: "button", type: "button", onclick: () => save({ step: 0, thread: null, second: null }) }, t("Once more"));
  return h("div", { class: "current" }, h("p", {}, ...nodes(FINISHED, { command: h("code", {}, "/vigil help") })), again);
}
