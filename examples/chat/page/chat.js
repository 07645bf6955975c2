// The chat's page: logs in, talks, and says in words what became of the connection.

import { ChatConnection } from "./connection.js";
import { byId, element } from "./element.js";
import { showPeople, showRemoved, showRooms } from "./lists.js";
import { showLine, showOutbox, showRemark, showRoom } from "./log-view.js";
import { post, whoIsHere } from "./site.js";
import { endWords } from "./words.js";

const page = byId(
  `state notice notice-text again dismiss welcome login app who role proof logout
  room say side side-toggle confirm confirm-title confirm-text`,
);
const { text: field } = page.say.elements;
const [sendButton] = page.say.getElementsByTagName("button");

/** Who is logged in, as the chat says; `null`: nobody. */
let me = null;
/** By name: what is known of a room, what of it was not read, and where that begins. */
let rooms = new Map();
let room = "lobby";
/** Lines that the chat has not repeated yet, in order. */
let unsent = [];
let state = "idle";
let connection = null;
let tryAgain = () => {};
let countdown = 0;
let renewals = -1;

// Who is there

/** Shows who is there, and connects them; or asks for a name. */
function enter(found) {
  me = found;
  page.app.hidden = found === null;
  page.welcome.hidden = found !== null;
  if (found === null) {
    page.login.elements.name.focus();
    return;
  }
  [room, unsent, renewals] = ["lobby", [], -1];
  rooms = new Map(
    found.allRooms.map((name) => {
      const isTheirs = found.claims.rooms.includes(name);
      return [name, { name, isTheirs, lines: [], people: [], unread: 0, newFrom: -1 }];
    }),
  );
  page.who.textContent = found.user;
  page.role.textContent = found.claims.role;
  page.proof.textContent = "";
  page.logout.disabled = false;
  showRemoved([], readmit);
  hideNotice();
  goTo("lobby");
  field.focus();
  connect();
}

function connect() {
  connection?.close();
  renewals = -1;
  connection = new ChatConnection(me.claims.rooms, {
    state: follow,
    event: receive,
    renewed: tellRenewal,
    failed: fail,
  });
  connection.open();
}

async function start() {
  const found = await whoIsHere();
  if (found !== undefined) return enter(found);
  showNotice("The chat does not answer.");
  offerAgain(start);
}

page.login.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { ok, status, body } = await post("/login", { name: page.login.elements.name.value });
  const found = ok ? await whoIsHere() : null;
  if (found) enter(found);
  else showNotice(body.error ?? `Logging in did not work (${status}).`);
});

page.logout.addEventListener("click", async () => {
  const { ok } = await post("/logout", {});
  if (!ok) return showNotice("Logging out did not work: the chat does not answer.");
  page.logout.disabled = true;
  if (state === "open")
    return showNotice(
      "You have logged out. This page keeps its connection on purpose: within five seconds the gate asks the chat whose session it is, and closes it.",
    );
  leave("You have logged out.");
});

function leave(text) {
  connection.close();
  enter(null);
  showNotice(text);
}

// What became of the connection

function follow(next, end) {
  state = next;
  clearInterval(countdown);
  if (state !== "open") page.proof.textContent = "";
  if (state === "open") {
    hideNotice();
    showState("connected");
  } else if (state === "connecting") {
    showState("connecting …");
  } else if (state === "waiting") {
    showNotice(...endWords(end));
    countDown(end.delayMs);
  } else {
    showState("not connected");
    void stopped(end);
  }
  for (const line of unsent)
    if (line.state !== "failed") line.state = state === "open" ? "sending" : "waiting";
  showUnsent();
}

/** Says when the next attempt comes. Who listens is told once, and not every second. */
function countDown(delayMs) {
  const at = Date.now() + delayMs;
  const seconds = element("span", { ariaHidden: "true" });
  const tick = () => {
    const left = Math.max(Math.ceil((at - Date.now()) / 1000), 0);
    seconds.textContent = left === 0 ? " now" : ` in ${left} s`;
  };
  tick();
  showState("not connected, trying again", seconds);
  countdown = setInterval(tick, 1000);
}

/** The gate says no, and coming back by itself would not help. Whether somebody is still logged in, the chat knows. */
async function stopped(end) {
  const ended = connection;
  const found = await whoIsHere();
  if (ended !== connection || state !== "ended") return;
  if (found === null) return leave("You are not logged in any more, and the gate has closed the connection.");
  page.logout.disabled = false;
  if (!rooms.get(room).isTheirs) goTo("lobby");
  showNotice(...endWords(end));
  offerAgain(connect);
}

function offerAgain(act) {
  tryAgain = act;
  page.again.hidden = false;
  // Whoever was typing goes on typing; a control that is gone has lost the focus to the page.
  if (document.activeElement === document.body || document.activeElement === field) page.again.focus();
}

page.again.addEventListener("click", () => {
  hideNotice();
  field.focus();
  tryAgain();
});

page.dismiss.addEventListener("click", () => {
  hideNotice();
  if (me !== null) field.focus();
});

function tellRenewal(expiresAt) {
  renewals += 1;
  if (expiresAt === null) return;
  const times = renewals === 0 ? "" : `, renewed ${renewals} ×`;
  page.proof.textContent = `Known to the gate until ${expiresAt.toLocaleTimeString()}${times}.`;
}

function showState(...words) {
  page.state.dataset.state = state;
  page.state.replaceChildren(...words);
}

function showNotice(...words) {
  const text = words.join(" ");
  // Who listens is not told the same with every attempt.
  if (page["notice-text"].textContent !== text) page["notice-text"].textContent = text;
  page.again.hidden = true;
  page.notice.hidden = false;
}

function hideNotice() {
  page.notice.hidden = true;
  page["notice-text"].textContent = "";
}

// The conversation

function receive(event) {
  const of = rooms.get(event.room);
  switch (event.type) {
    case "joined":
      joined(of, event);
      break;
    case "said":
      heard(of, event.line);
      break;
    case "people":
      of.people = event.people;
      if (event.room === room) drawPeople();
      break;
    case "removed":
      showRemoved(event.users, readmit);
      break;
    case "problem":
      showRemark(event.text);
      break;
  }
}

/** Into a room, or back in it: what was said meanwhile is not read yet. */
function joined(of, { history, people }) {
  const known = new Set(of.lines.map(({ id }) => id));
  const missed =
    of.lines.length === 0 ? 0 : history.filter(({ id, from }) => !known.has(id) && from !== me.user).length;
  const isSame = missed === 0 && history.length === of.lines.length && of.lines.length > 0;
  [of.lines, of.people] = [[...history], people];
  settle(new Set(history.map(({ id }) => id)));
  if (missed > 0) unread(of, missed);
  drawRooms();
  if (of.name !== room) return;
  drawPeople();
  if (!isSame) showRoom(of, me.user);
}

function heard(of, line) {
  const isKnown = of.lines.some(({ id, from }) => id === line.id && from === line.from);
  settle(new Set([line.id]));
  if (isKnown) return;
  of.lines.push(line);
  if (of.name === room) showLine(line, me.user);
  if (line.from === me.user || (of.name === room && document.visibilityState === "visible")) return;
  unread(of, 1);
  drawRooms();
}

function unread(of, count) {
  if (of.unread === 0) of.newFrom = of.lines.length - count;
  if (of.name !== room || document.visibilityState !== "visible") of.unread += count;
}

document.addEventListener("visibilitychange", () => {
  if (me === null || document.visibilityState !== "visible") return;
  rooms.get(room).unread = 0;
  drawRooms();
});

/** Shows a room, and joins it where that is not the visitor's: the gate has a word on that. */
function goTo(name) {
  room = name;
  const shown = rooms.get(name);
  shown.unread = 0;
  page.room.textContent = name;
  showRoom(shown, me.user);
  shown.newFrom = -1;
  const speaks = me.claims.speaks.includes(name) || !shown.isTheirs;
  field.disabled = sendButton.disabled = !speaks;
  field.placeholder = speaks ? `Message to ${name}` : `In ${name} the staff speaks, and you read`;
  drawRooms();
  drawPeople();
  showUnsent();
  if (!shown.isTheirs) connection?.send({ type: "join", room: name });
}

const drawRooms = () =>
  showRooms(rooms, {
    current: room,
    enter(name) {
      goTo(name);
      if (!field.disabled) field.focus();
    },
  });
const drawPeople = () => showPeople(rooms.get(room).people, { me, remove });

// What is said

page.say.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (text === "") return;
  say({ id: crypto.randomUUID(), room, text });
  field.value = "";
  field.focus();
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  page.say.requestSubmit();
});

function say(line) {
  const isTaken = connection.say(line);
  const waits = state === "open" ? "sending" : "waiting";
  unsent.push({ ...line, state: isTaken ? waits : "failed" });
  showUnsent();
}

/** The chat has repeated lines: they are said. */
function settle(ids) {
  unsent = unsent.filter(({ id }) => !ids.has(id));
  showUnsent();
}

/** The connection is over, and these were not sent; the last may be why. */
function fail(ids) {
  for (const line of unsent) if (ids.includes(line.id)) line.state = "failed";
  showUnsent();
}

function showUnsent() {
  const here = unsent.filter((line) => line.room === room);
  showOutbox(here, {
    discard,
    again(line) {
      discard(line);
      say({ id: line.id, room: line.room, text: line.text });
    },
  });
}

function discard({ id }) {
  settle(new Set([id]));
  field.focus();
}

// Moderation

function remove(user) {
  page["confirm-title"].textContent = `Remove ${user}?`;
  page["confirm-text"].textContent =
    `The gate ends ${user}'s connection at once, and lets them in again when you say so, or after an hour.`;
  page.confirm.dataset.user = user;
  page.confirm.returnValue = "no";
  page.confirm.showModal();
}

page.confirm.addEventListener("close", () => {
  const { user } = page.confirm.dataset;
  if (page.confirm.returnValue === "yes") connection.send({ type: "remove", user });
  field.focus();
});

function readmit(user) {
  connection.send({ type: "readmit", user });
}

// Keys

function toggleSide(isOpen) {
  page.side.dataset.open = isOpen;
  page["side-toggle"].ariaExpanded = String(isOpen);
}

page["side-toggle"].addEventListener("click", () => toggleSide(page["side-toggle"].ariaExpanded !== "true"));

document.addEventListener("keydown", (event) => {
  if (me === null || page.confirm.open) return;
  if (event.key === "Escape") {
    toggleSide(false);
    field.focus();
  } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const mine = me.claims.rooms;
    goTo(mine.at((mine.indexOf(room) + (event.key === "ArrowDown" ? 1 : -1)) % mine.length));
  }
});

await start();
