// The chat's page: one socket to where the page came from, opened again when it breaks.

const state = document.querySelector("#state");
const log = document.querySelector("#log");
const people = document.querySelector("#people");
const join = document.querySelector("#join");
const say = document.querySelector("#say");

let socket = null;
let attempts = 0;

const scheme = location.protocol === "https:" ? "wss:" : "ws:";

function connect() {
  show("connecting", "connecting …");
  socket = new WebSocket(`${scheme}//${location.host}/chat`);
  socket.addEventListener("open", () => {
    attempts = 0;
    show("open", `connected over ${scheme.slice(0, -1)}`);
  });
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    attempts += 1;
    const waitMs = Math.min(30_000, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
    show("closed", `not connected (${event.code}), trying again in ${Math.ceil(waitMs / 1000)} s`);
    setTimeout(connect, waitMs);
  });
}

function receive(event) {
  switch (event.type) {
    case "joined":
      join.elements.name.value = event.name;
      join.elements.room.value = event.room;
      log.replaceChildren();
      for (const line of event.history) showLine(line);
      showNotice(`You are ${event.name} in ${event.room}.`);
      showPeople(event.people);
      break;
    case "said":
      showLine(event.line);
      break;
    case "people":
      showPeople(event.people);
      break;
    case "problem":
      showNotice(event.text);
      break;
  }
}

function show(name, text) {
  state.dataset.state = name;
  state.textContent = text;
  for (const button of document.querySelectorAll("button")) button.disabled = name !== "open";
}

function showPeople(names) {
  people.textContent = `Here: ${names.join(", ")}`;
}

function showLine(line) {
  const entry = document.createElement("p");
  const from = document.createElement("strong");
  const time = document.createElement("time");
  const at = new Date(line.at);
  from.textContent = line.from;
  time.textContent = at.toLocaleTimeString();
  time.dateTime = at.toISOString();
  entry.append(from, `: ${line.text}`, time);
  append(entry);
}

function showNotice(text) {
  const entry = document.createElement("p");
  entry.className = "notice";
  entry.textContent = text;
  append(entry);
}

function append(entry) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(entry);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

join.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, room } = join.elements;
  socket.send(JSON.stringify({ type: "join", name: name.value, room: room.value }));
  say.elements.text.focus();
});

say.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = say.elements;
  socket.send(JSON.stringify({ type: "say", text: text.value }));
  text.value = "";
  text.focus();
});

connect();
