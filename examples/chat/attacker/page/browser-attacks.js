// What a page of another origin can do in its visitor's browser, which adds the visitor's cookie wherever it thinks it may.

/** How long a stolen connection is listened to, milliseconds. */
const listenMs = 1000;

/** A refused WebSocket and a certificate that is not trusted look alike to a page: whether there is a site, it asks first. */
export async function isReachable({ origin }) {
  const { ok } = await fetch(`${origin}/icon.svg`, { mode: "no-cors", credentials: "omit" }).then(
    () => ({ ok: true }),
    () => ({ ok: false }),
  );
  return ok;
}

/** Opens the chat's WebSocket with the visitor's login, reads, and writes in their name. */
export async function hijack({ isGuarded, socket: url }) {
  const read = await openAndListen(url);
  if (read !== null) {
    const first = JSON.parse(read[0] ?? "null")?.history?.at(-1);
    const heard =
      first === undefined
        ? ""
        : ` It read, among others: “${first.from}: ${String(first.text).slice(0, 80)}”.`;
    return {
      verdict: "through",
      text: `This page read the lobby as you, and wrote “I did not write this.” in your name.${heard}`,
    };
  }
  if (!isGuarded)
    return { verdict: "own", text: "The chat did not know you: log in there first, in this browser." };
  const text =
    "The gate saw that a page of another origin asked, and opened nothing. Nothing was read or written.";
  return { verdict: "stopped", text, answer: 403, reason: { code: "origin.foreign", path: "/chat" } };
}

function openAndListen(url) {
  const { promise, resolve } = Promise.withResolvers();
  const socket = new WebSocket(url);
  const read = [];
  let isOpen = false;
  socket.addEventListener("open", () => {
    isOpen = true;
    socket.send(JSON.stringify({ type: "join", room: "lobby" }));
    const id = crypto.randomUUID();
    socket.send(JSON.stringify({ type: "say", room: "lobby", id, text: "I did not write this." }));
    setTimeout(() => socket.close(), listenMs);
  });
  socket.addEventListener("message", ({ data }) => {
    if (JSON.parse(data).type === "joined") read.push(data);
  });
  socket.addEventListener("close", () => resolve(isOpen ? read : null));
  return promise;
}

/** Asks for a ticket in the visitor's name: as a script, and as a form that asks no leave. */
export async function stealTicket({ isGuarded, origin }) {
  if (!isGuarded)
    return {
      verdict: "needless",
      text: "There is nothing to steal: the chat wants no ticket. The cookie alone opened it, above.",
    };
  const url = `${origin}/.sallyport/ticket`;
  const body = JSON.stringify({ route: "/chat" });
  const asked = await fetch(url, {
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json", "Sallyport-Request": "1" },
    body,
  }).catch(() => null);
  if (asked?.ok) return { verdict: "through", text: "This page has a ticket in your name." };
  // A browser lets every page send this, and no page read what is answered.
  await fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body }).catch(() => null);
  const text =
    "Your browser asked the gate first whether this page may, and it may not. Sent without asking, as a form would, it lacked the header that only the chat's own page can send.";
  return {
    verdict: "stopped",
    text,
    answer: 403,
    reason: { code: "ticket.header", path: "/.sallyport/ticket" },
  };
}

/** Whether a text runs a script where a careless page inserts it as markup: tried in a frame without any rights. */
export function runsAsMarkup(text) {
  const { promise, resolve } = Promise.withResolvers();
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.title = "A careless page";
  const tooLate = setTimeout(() => resolve(false), 3000);
  const heard = ({ source, data }) => {
    if (source === frame.contentWindow && data === "ran") resolve(true);
  };
  addEventListener("message", heard);
  frame.srcdoc = text;
  document.body.append(frame);
  return promise.finally(() => {
    clearTimeout(tooLate);
    removeEventListener("message", heard);
    frame.remove();
  });
}
