// The conversation of the room that is shown: lines, days, what is new, and what waits to be sent.

import { byId, element } from "./element.js";

const { log, outbox, scroll, jump } = byId("log outbox scroll jump");
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat([], { dateStyle: "full" });
/** Lines of one person within this time stand below one name, milliseconds. */
const togetherMs = 5 * 60_000;
/** More characters of one line are not shown: nobody is to be buried. */
const mostCharacters = 2000;
const tones = 7;

/** The last line that is shown. */
let last = null;

function avatar(name) {
  const sum = [...name].reduce((before, letter) => (before * 31 + letter.codePointAt(0)) % tones, 0);
  return element(
    "span",
    { className: "avatar", ariaHidden: "true", dataset: { tone: sum } },
    name.slice(0, 1),
  );
}

function shortened(text) {
  const shown = typeof text === "string" ? text : JSON.stringify(text);
  if (shown.length <= mostCharacters) return shown;
  return `${shown.slice(0, 200)} … (${shown.length.toLocaleString()} characters)`;
}

function lineElement({ id, from, text, at }, { isOwn, isFirst }) {
  const when = new Date(at);
  const time = element(
    "time",
    { dateTime: when.toISOString(), title: when.toLocaleString() },
    clock.format(when),
  );
  const head = element("p", { className: "head" }, element("strong", {}, from), " ", time);
  const made = element("article", { className: "line", dataset: { id, own: isOwn, first: isFirst } });
  if (isFirst) made.append(avatar(from), head);
  else made.append(element("p", { className: "unseen" }, `${from}, ${clock.format(when)}`));
  made.append(element("p", { className: "text" }, shortened(text)));
  return made;
}

function isAtEnd() {
  return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
}

function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  jump.hidden = true;
}

/** Adds a line below the others; `isNew`: with a mark above it. */
function add(line, me, isNew = false) {
  const day = calendar.format(line.at);
  if (last === null || calendar.format(last.at) !== day) log.append(element("p", { className: "day" }, day));
  if (isNew) log.append(element("p", { className: "new" }, "new"));
  const isFirst = isNew || last === null || last.from !== line.from || line.at - last.at > togetherMs;
  log.append(lineElement(line, { isOwn: line.from === me, isFirst }));
  last = line;
}

/** Shows a room from its first line on. `newFrom`: the index of the first line that was not seen before. */
export function showRoom({ lines, newFrom }, me) {
  // Whoever listens hears what is said from now on, not all of it again.
  log.ariaBusy = "true";
  log.replaceChildren();
  last = null;
  for (const [index, line] of lines.entries()) add(line, me, index === newFrom);
  if (lines.length === 0)
    log.append(element("p", { className: "empty" }, "Nobody has said anything here yet."));
  toEnd();
  requestAnimationFrame(() => (log.ariaBusy = "false"));
}

/** Shows one more line. */
export function showLine(line, me) {
  const follows = isAtEnd() || line.from === me;
  log.querySelector(".empty")?.remove();
  add(line, me);
  if (follows) toEnd();
  else jump.hidden = false;
}

/** Tells something that nobody said. */
export function showRemark(text) {
  log.append(element("p", { className: "remark" }, text));
  last = null;
  toEnd();
}

/**
 * Shows lines that the chat has not repeated yet: `sending`, `waiting` for a connection, or `failed`, with what can be done
 * about that: `again` and `discard`, which are given the line.
 */
export function showOutbox(lines, { again, discard }) {
  const follows = isAtEnd();
  const words = { sending: "sending …", waiting: "waits for the connection", failed: "not sent" };
  outbox.hidden = lines.length === 0;
  outbox.replaceChildren(
    ...lines.map((line) => {
      const status = element("span", { className: "status" }, words[line.state]);
      const made = element(
        "li",
        { dataset: { state: line.state } },
        element("span", { className: "text" }, line.text),
        status,
      );
      if (line.state !== "failed") return made;
      const button = (name, act) =>
        element("button", { type: "button", className: "small", onclick: () => act(line) }, name);
      made.append(button("Send again", again), button("Discard", discard));
      return made;
    }),
  );
  if (follows) toEnd();
}

jump.addEventListener("click", toEnd);
scroll.addEventListener("scroll", () => {
  if (isAtEnd()) jump.hidden = true;
});
