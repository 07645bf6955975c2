// The list of lessons, and how far one is.

import { element } from "./element.js";
import { forget, isDone, steps } from "./progress.js";

const [list, total, bar, forgetButton] = ["lessons", "total", "bar", "forget"].map((id) =>
  document.getElementById(id),
);
const lessons = await (await fetch("/lessons.json")).json();

function card({ id, words }, at) {
  const done = steps.filter((step) => isDone(id, step));
  const dots = steps.map((step) =>
    element("span", { className: "dot", "data-done": String(done.includes(step)) }),
  );
  const count = done.length === steps.length ? "done" : `${done.length} of ${steps.length}`;
  return element(
    "li",
    { className: "lesson-card", "data-done": String(done.length === steps.length) },
    element("span", { className: "number", "aria-hidden": "true" }, String(at + 1)),
    element(
      "div",
      {},
      element("h2", {}, element("a", { href: `/lessons/${id}` }, words.title)),
      element("p", {}, words.summary),
      element(
        "p",
        { className: "foot" },
        element("span", { className: "dots", "aria-hidden": "true" }, ...dots),
        element("span", { className: "soft" }, count),
        element("span", { className: "chip" }, words.cwe[0]),
      ),
    ),
  );
}

function show() {
  list.replaceChildren(...lessons.map(card));
  const all = lessons.length * steps.length;
  const done = lessons.flatMap(({ id }) => steps.filter((step) => isDone(id, step))).length;
  const finished = lessons.filter(({ id }) => steps.every((step) => isDone(id, step))).length;
  total.textContent = `${finished} of ${lessons.length} lessons done, ${done} of ${all} steps`;
  bar.style.setProperty("--part", String(done / all));
  forgetButton.hidden = done === 0;
}

forgetButton.addEventListener("click", () => {
  forget();
  show();
  list.querySelector("a").focus();
});
// Who comes back by the browser's button finds what was done meanwhile.
addEventListener("pageshow", show);
show();
