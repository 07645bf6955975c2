// The chat's page: logs in, talks, and says in words what became of the connection.

import { Connection } from "./connection.js";

const [state, notice, noticeText, again, login, session, who, proof, logout, roomList, people, log, say] = [
  "state",
  "notice",
  "notice-text",
  "again",
  "login",
  "session",
  "who",
  "proof",
  "logout",
  "rooms",
  "people",
  "log",
  "say",
].map((id) => document.getElementById(id));
const conversation = document.getElementById("conversation");

const allRooms = ["lobby", "staff"];

/** Who is logged in, as `/whoami` says; `null`: nobody. */
let me = null;
let room = "lobby";
let isOpen = false;
let tryAgain = () => {};

const connection = new Connection("/chat", { onState: follow, onMessage: receive });

// Who is there

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
  return {
    ok: answer?.ok === true,
    status: answer?.status ?? 0,
    body: (await answer?.json().catch(() => null)) ?? {},
  };
}

/** Whom the chat takes this browser for: `null` for nobody, `undefined` where it does not answer. */
async function whoami() {
  const answer = await fetch("/whoami").catch(() => null);
  if (answer?.status === 401) return null;
  return answer?.ok === true ? await answer.json() : undefined;
}

/** Shows who is there, and connects them; or asks for a name. */
function enter(found) {
  me = found;
  room = "lobby";
  session.hidden = conversation.hidden = found === null;
  login.hidden = found !== null;
  if (found === null) {
    show("idle", "not logged in");
    login.elements.name.focus();
    return;
  }
  who.textContent = found.user;
  tellProof("");
  log.replaceChildren();
  people.textContent = "";
  hideNotice();
  connection.open();
}

async function start() {
  const found = await whoami();
  if (found !== undefined) {
    enter(found);
    return;
  }
  showNotice("The chat does not answer.");
  offerAgain(start);
}

login.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { ok, status, body } = await post("/login", { name: login.elements.name.value });
  const found = ok ? await whoami() : null;
  if (found) enter(found);
  else showNotice(body.error ?? `Logging in did not work (${status}).`);
});

logout.addEventListener("click", async () => {
  const { ok } = await post("/logout", {});
  if (!ok) return showNotice("Logging out did not work: the chat does not answer.");
  logout.disabled = true;
  if (isOpen)
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

function follow(change) {
  if (change.is === "renewed") {
    tellRenewal(change);
    return;
  }
  isOpen = change.is === "open";
  if (!isOpen) tellProof("");
  for (const control of [...say.elements, ...roomList.querySelectorAll("button")]) control.disabled = !isOpen;
  if (change.is === "open") {
    logout.disabled = false;
    hideNotice();
    show("open", "connected over wss");
    connection.send({ type: "join", room });
    focusUnlessElsewhere(say.elements.text);
  } else if (change.is === "connecting") {
    show("connecting", "connecting …");
  } else if (change.is === "waiting") {
    const seconds = Math.ceil(change.waitMs / 1000);
    show("stopped", "not connected");
    showNotice(`${change.text} Trying again in ${seconds} s.`, change.incident);
  } else {
    void stopped(change);
  }
}

/** The gate says no, and coming back by itself would not help. Whether somebody is still logged in, the chat knows. */
async function stopped({ text, incident }) {
  show("stopped", "not connected");
  room = "lobby";
  const found = await whoami();
  if (isOpen) return;
  if (found === null) return leave("You are not logged in any more, and the gate has closed the connection.");
  logout.disabled = false;
  showNotice(text, incident);
  offerAgain(() => connection.open());
}

function offerAgain(act) {
  tryAgain = act;
  again.hidden = false;
  focusUnlessElsewhere(again);
}

again.addEventListener("click", () => {
  hideNotice();
  tryAgain();
});

/** A control that is hidden or disabled loses the focus: whoever types goes on where it makes sense. */
function focusUnlessElsewhere(control) {
  if (document.activeElement === null || document.activeElement === document.body) control.focus();
}

function tellRenewal({ expiresAt, times }) {
  if (expiresAt === null) return;
  const until = new Date(expiresAt).toLocaleTimeString();
  const renewals = times === 0 ? "" : `, renewed ${times} ×`;
  tellProof(`Known to the gate until ${until}${renewals}.`);
}

function tellProof(text) {
  proof.textContent = text;
}

function show(name, text) {
  state.dataset.state = name;
  state.textContent = text;
}

function showNotice(text, incident = null) {
  const hint = incident ? ` Incident ${String(incident)}.` : "";
  noticeText.textContent = `${text}${hint}`;
  again.hidden = true;
  notice.hidden = false;
}

function hideNotice() {
  notice.hidden = true;
  noticeText.textContent = "";
}

// The conversation

function receive(event) {
  switch (event.type) {
    case "joined":
      room = event.room;
      log.replaceChildren();
      for (const line of event.history) showLine(line);
      showPeople(event.people);
      showRooms();
      break;
    case "said":
      if (event.room === room) showLine(event.line);
      break;
    case "people":
      if (event.room === room) showPeople(event.people);
      break;
    case "problem":
      append("notice", event.text);
      break;
  }
}

function showRooms() {
  const buttons = allRooms.map((name) => {
    const button = document.createElement("button");
    const isTheirs = me.claims.rooms.includes(name);
    button.type = "button";
    button.textContent = isTheirs ? name : `${name} (not yours: try it)`;
    if (name === room) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => connection.send({ type: "join", room: name }));
    return button;
  });
  const focused = [...roomList.children].indexOf(document.activeElement);
  roomList.replaceChildren(...buttons);
  buttons[focused]?.focus();
}

function showPeople(names) {
  people.textContent = `Here: ${names.join(", ")}`;
}

function showLine({ from, text, at }) {
  const name = document.createElement("strong");
  const time = document.createElement("time");
  name.textContent = from;
  time.dateTime = new Date(at).toISOString();
  time.textContent = new Date(at).toLocaleTimeString();
  append(from === me.user ? "own" : "", name, `: ${text}`, time);
}

function append(kind, ...parts) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const entry = document.createElement("p");
  entry.className = kind;
  entry.append(...parts);
  log.append(entry);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

say.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = say.elements;
  connection.send({ type: "say", room, text: text.value });
  text.value = "";
  text.focus();
});

await start();
