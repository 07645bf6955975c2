// One lesson: its four steps, each with what to press, what to type instead, and what came of it.

import { connectControl } from "./control.js";
import { element, prose } from "./element.js";
import { hijack } from "./hijack.js";
import { has, isDone, keep, steps } from "./progress.js";

const at = (id) => document.getElementById(id);
const id = location.pathname.split("/").at(-1);
const [lesson, all] = await Promise.all(
  [`/lesson.json/${id}`, "/lessons.json"].map(async (path) => await (await fetch(path)).json()),
);
const { words, urls, commands } = lesson;
/** By step: where its lines go, what is said of its results, and its buttons. */
const parts = new Map();
const stepOf = (type, variant) =>
  variant === "fixed" ? "code" : variant === "gateway" ? "gate" : type === "scan" ? "find" : "break";
let running = { lesson: "", state: "stopped" };
let current = parts.keys().next().value ?? "break";
let waiting = null;

const variantNames = {
  vulnerable: "the vulnerable application",
  fixed: "the mended application",
  gateway: "the gate",
};

// What is shown of code

function copyable(text) {
  const copy = element("button", { type: "button", className: "copy" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  });
  return element("div", { className: "command" }, element("code", { tabIndex: 0 }, text), copy);
}

function code(title, lines, isOpen = false) {
  const shown = lines.map(({ sign = " ", text, mark = false }) =>
    element("span", { className: "line", "data-sign": mark ? "!" : sign }, `${sign} ${text}\n`),
  );
  const pre = element("pre", { tabIndex: 0, "aria-label": title }, ...shown);
  return element("details", { open: isOpen }, element("summary", {}, element("code", {}, title)), pre);
}

/** The lines that differ, with three of what stands round them. */
function hunks(lines) {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - 3), index + 4).some(({ sign }) => sign !== " "),
  );
  return lines.flatMap((line, index) => {
    if (near[index]) return [line];
    return near[index - 1] === true || index === 0 ? [{ sign: " ", text: "…" }] : [];
  });
}

function config() {
  return lesson.config
    .trimEnd()
    .split("\n")
    .map((text) => ({ text, mark: lesson.gateLines.some((line) => text.trim().startsWith(line)) }));
}

// Steps

function button(label, className, act) {
  const made = element("button", { type: "button", className }, label);
  made.addEventListener("click", act);
  return made;
}

function give(type, variant) {
  current = stepOf(type, variant);
  parts.get(current).output.replaceChildren();
  enable(false);
  order({ type, lesson: id, variant });
}

/** The lesson about origins is also a hostile page: this one has another origin than the door. */
async function attackFromHere(variant) {
  current = stepOf("attack", variant);
  parts.get(current).output.replaceChildren();
  enable(false);
  if (!(running.lesson === id && running.variant === variant && running.state === "running")) {
    const { promise, resolve } = Promise.withResolvers();
    waiting = resolve;
    order({ type: "start", lesson: id, variant });
    await promise;
  }
  const worked = await hijack(urls[variant], (line) => say("this page", line));
  told.attacked({ lesson: id, variant, isDone: worked });
  say("lab", worked ? "The attack worked." : "The attack was stopped.");
}

function controls(stepId) {
  const variant = { code: "fixed", gate: "gateway" }[stepId] ?? "vulnerable";
  const buttons = [];
  if (stepId !== "find") buttons.push(button("Attack", "main", () => give("attack", variant)));
  if (stepId !== "break") buttons.push(button("Scan", "main", () => give("scan", variant)));
  if (stepId !== "find" && id === "origin")
    buttons.push(button("Attack from this page", "", () => attackFromHere(variant)));
  if (lesson.hasPage && stepId !== "find") {
    const page = urls[variant].replace("ws:", "http:").replace(/\/\w+$/, "/");
    buttons.push(
      button("Start it", "", () => give("start", variant)),
      element("a", { href: page, target: "_blank", rel: "noopener", className: "page" }, "Open its page"),
    );
  }
  return { variant, buttons };
}

function commandsOf(stepId, variant) {
  const { attack, scan } = commands[variant];
  const shown = stepId === "break" ? [attack] : stepId === "find" ? [scan] : [attack, scan];
  return element(
    "details",
    {},
    element("summary", {}, "By hand, in a terminal"),
    element("p", { className: "soft" }, "In the checkout, while it runs here:"),
    ...shown.map(copyable),
  );
}

function bodyOf(stepId) {
  const [vulnerable, attack] = lesson.files.map(({ name, text }) =>
    code(
      name,
      text
        .trimEnd()
        .split("\n")
        .map((line) => ({ text: line })),
    ),
  );
  const changes = lesson.changes.map(({ name, lines }) => code(name, hunks(lines), true));
  const rules = lesson.lintRules.map((rule) => element("code", {}, rule));
  const lint = element("p", {}, "In the code a lint rule sees it before it runs: ");
  lint.append(...rules.flatMap((rule, index) => (index === 0 ? [rule] : [", ", rule])), ".");
  const checks = element("p", {}, "Checks: ");
  checks.append(
    ...lesson.checks.flatMap((check, index) => [index === 0 ? "" : ", ", element("code", {}, check)]),
    ".",
  );
  return {
    break: [element("p", {}, ...prose(words.attack)), vulnerable, attack],
    find: [element("p", {}, ...prose(words.scan)), checks, ...(rules.length === 0 ? [] : [lint])],
    code: [element("p", {}, ...prose(words.mend)), ...changes],
    gate: [
      element("p", {}, ...prose(words.gate)),
      element("p", { className: "soft" }, "The application behind it is the vulnerable one."),
      code("sallyport.yaml", config(), true),
    ],
  }[stepId];
}

function section(step, index) {
  const { variant, buttons } = controls(step.id);
  const output = element("pre", {
    className: "output",
    role: "log",
    "aria-label": `${step.title}: output`,
    tabIndex: 0,
  });
  const result = element("p", { className: "result", role: "status" });
  const title = element("h2", { id: `step-${step.id}` }, `${index + 1}. ${step.title}`);
  parts.set(step.id, { output, result, buttons, step });
  return element(
    "section",
    { className: "card step", "data-step": step.id, "aria-labelledby": title.id },
    element("div", { className: "row" }, title, result),
    ...bodyOf(step.id),
    element("div", { className: "row buttons" }, ...buttons),
    commandsOf(step.id, variant),
    output,
  );
}

// What the lab tells

function say(from, text) {
  const { output } = parts.get(current);
  output.append(element("span", { className: "said", "data-from": from }, `${text}\n`));
  while (output.childElementCount > 200) output.firstElementChild.remove();
  output.scrollTop = output.scrollHeight;
}

function enable(isOn) {
  for (const { buttons } of parts.values())
    for (const each of buttons) if (each instanceof HTMLButtonElement) each.disabled = !isOn;
  at("stop").disabled = !isOn || running.state !== "running";
}

const resultWords = {
  "attack:vulnerable": "broken",
  "scan:vulnerable": "found",
  "attack:fixed": "attack stopped",
  "scan:fixed": "scan green",
  "attack:gateway": "attack stopped",
  "scan:gateway": "scan green",
};

function showResults() {
  for (const { step, result } of parts.values()) {
    const had = step.needs.filter((what) => has(id, what));
    result.dataset.done = String(isDone(id, step));
    result.textContent = had.map((what) => `✓ ${resultWords[what]}`).join("  ");
  }
}

function came(what, isAsWanted) {
  if (isAsWanted) keep(id, what);
  showResults();
  enable(true);
  // A button that was disabled has lost the focus.
  if (document.activeElement === document.body) parts.get(current).buttons[0].focus();
}

const told = {
  stage(news) {
    running = news;
    const { lesson: of, variant, state } = news;
    const what = of === id ? `${variantNames[variant]}: ${urls[variant]}` : "another lesson's application";
    at("stage").dataset.state = state;
    at("stage").textContent =
      { stopped: "nothing runs", crashed: "the application's process has ended: it crashed" }[state] ??
      `${state === "starting" ? "starting" : "running"} ${what}`;
    if (state === "starting") return enable(false);
    if (state === "running" && waiting !== null) {
      waiting();
      waiting = null;
      return;
    }
    if (state !== "running" || parts.get(current).output.childElementCount === 0) enable(true);
  },
  line: ({ lesson: of, from, text }) => of === id && say(from, text),
  attacked({ lesson: of, variant, isDone: worked }) {
    if (of === id) came(`attack:${variant}`, worked === (variant === "vulnerable"));
  },
  scanned({ lesson: of, variant, found, passed }) {
    const expected = variant === "vulnerable" ? found : found.length === 0 ? passed : [];
    if (of === id)
      came(
        `scan:${variant}`,
        lesson.checks.every((check) => expected.includes(check)),
      );
  },
  busy() {
    say("lab", "Something is under way already.");
    enable(true);
  },
  lost() {
    at("stage").dataset.state = "stopped";
    at("stage").textContent = "the lab does not answer: is it running?";
    enable(false);
  },
};

// The page

const place = all.findIndex((each) => each.id === id);
document.title = `${words.title}: the lab`;
at("place").textContent = `Lesson ${place + 1} of ${all.length}`;
at("title").textContent = words.title;
at("weakness").append(...words.cwe.map((cwe) => element("span", { className: "chip" }, cwe)));
at("story").append(...words.story.map((text) => element("p", {}, ...prose(text))));
at("steps").append(...steps.map(section));
for (const [offset, label] of [
  [-1, "←"],
  [1, "→"],
]) {
  const other = all[place + offset];
  const text = offset < 0 ? `${label} ${other?.words.title}` : `${other?.words.title} ${label}`;
  at("onward").append(other === undefined ? "" : element("a", { href: `/lessons/${other.id}` }, text));
}
at("stop").addEventListener("click", () => order({ type: "stop", lesson: id, variant: running.variant }));
showResults();
enable(false);
const order = connectControl(told);
