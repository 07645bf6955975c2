// A visit: somebody logs in, is connected, and is told what became of the connection. The markup is that of the examples.

import { SallyportSocket } from "@sallyport/client";

import { endWords } from "./end-words.js";

const at = (id) => document.getElementById(id);

/** Asks the application. `body`: its answer, or what there was in its place. */
export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
  return { ok: answer?.ok === true, body: (await answer?.json().catch(() => null)) ?? {} };
}

/** Whom the application takes this browser for: `null` for nobody, `undefined` where it does not answer. */
async function visitor() {
  const answer = await fetch("/visitor").catch(() => null);
  return answer?.ok === true ? (await answer.json()).user : undefined;
}

/**
 * One visit at a time, to the WebSocket at `path`, with these options of the client. `onEnter(user)` and `onLeave()` are told who is there,
 * `onOpen()` of each connection, `onMessage(data)` of what comes, `onClosed(end, words)` of the end of each, as the client tells it.
 */
export class Visit {
  #path;
  #options;
  #told;
  #socket = null;
  #tryAgain = () => {};

  constructor(path, options, told) {
    this.#path = path;
    this.#options = options;
    this.#told = told;
    at("login").addEventListener("submit", (event) => this.#logIn(event));
    at("logout").addEventListener("click", () => this.#logOut());
    at("again").addEventListener("click", () => this.#again());
  }

  /** Whether something that is sent goes out at once. */
  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Sends, if there is a connection: what a page shows is of the moment. Returns the message's number; 0: it was not sent. */
  send(data) {
    return this.isOpen ? this.#socket.send(data) : 0;
  }

  /** The message with this number has arrived. */
  confirm(number) {
    this.#socket?.confirm(number);
  }

  /** Looks who is there. */
  async begin() {
    const found = await visitor();
    if (found !== undefined) return this.#enter(found);
    this.#notice("The application does not answer.", () => this.begin());
  }

  /** Tells the visitor something; `again`: what the button beside it does, where there is to be one. */
  #notice(text, again = null) {
    at("notice-text").textContent = text;
    at("notice").hidden = text === "";
    at("again").hidden = again === null;
    if (again === null) return;
    this.#tryAgain = again;
    // A control that was disabled has lost the focus: whoever types goes on where it makes sense.
    if (document.activeElement === null || document.activeElement === document.body) at("again").focus();
  }

  #again() {
    this.#notice("");
    this.#tryAgain();
  }

  async #logIn(event) {
    event.preventDefault();
    const { ok, body } = await post("/login", { name: at("login").elements.name.value });
    const found = ok ? await visitor() : null;
    if (found) this.#enter(found);
    else this.#notice(body.error ?? "Logging in did not work.");
  }

  async #logOut() {
    const { ok } = await post("/logout");
    if (ok) this.#enter(null);
    else this.#notice("Logging out did not work: the application does not answer.");
  }

  #enter(found) {
    this.#socket?.close(1000);
    this.#socket = null;
    at("login").hidden = found !== null;
    at("session").hidden = at("application").hidden = found === null;
    this.#notice("");
    if (found === null) {
      this.#state("idle", "not logged in");
      this.#told.onLeave();
      at("login").elements.name.focus();
      return;
    }
    at("who").textContent = found;
    this.#told.onEnter(found);
    this.#connect();
  }

  #connect() {
    this.#state("connecting", "connecting …");
    const socket = new SallyportSocket(this.#path, [], this.#options);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const listen = (type, act) =>
      socket.addEventListener(type, (event) => {
        if (socket === this.#socket) act(event);
      });
    listen("open", () => {
      this.#notice("");
      this.#state("open", "connected over wss");
      this.#told.onOpen();
    });
    listen("message", ({ data }) => this.#told.onMessage(data));
    listen("lost", ({ detail }) => {
      this.#state("stopped", "not connected");
      const seconds = Math.ceil(detail.delayMs / 1000);
      this.#notice(`${endWords(detail)} Trying again in ${seconds} s.`);
      this.#told.onClosed(detail, endWords(detail));
    });
    listen("close", ({ detail }) => this.#stopped(detail));
  }

  /** The gate says no, and coming back by itself would not help. Whether somebody is still logged in, the application knows. */
  async #stopped(end) {
    this.#socket = null;
    this.#state("stopped", "not connected");
    this.#told.onClosed(end, endWords(end));
    const found = await visitor();
    if (this.#socket !== null) return;
    if (found === null) this.#enter(null);
    this.#notice(endWords(end), found === null ? null : () => this.#connect());
  }

  #state(name, text) {
    at("state").dataset.state = name;
    at("state").textContent = text;
  }
}
