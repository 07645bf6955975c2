// A connection that fetches a ticket first, renews its proof while it is open, and comes back where that helps.

import { closeWords, ticketWords } from "./words.js";

const longestWaitMs = 30_000;
/** A connection that held so long was a good one: the next attempt is a first one again. */
const goodAfterMs = 10_000;
/** Nobody renews more often than that, whatever the clocks say. */
const shortestRenewalMs = 1000;

/** Asks the gate itself. `status` is 0 where there was no answer; `clock` is the gate's time in milliseconds. */
async function ask(name, body) {
  try {
    const answer = await fetch(`/.sallyport/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Sallyport-Request": "1" },
      body: JSON.stringify(body),
    });
    const clock = Date.parse(answer.headers.get("Date") ?? "") || Date.now();
    const retryAfterMs = Number(answer.headers.get("Retry-After") ?? 0) * 1000 || 0;
    const value = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, body: value, clock, retryAfterMs };
  } catch {
    return { ok: false, status: 0, body: {}, clock: Date.now(), retryAfterMs: 0 };
  }
}

/**
 * One connection to `path`, and its successors. `onState` is told `{ is: "connecting" | "open" }`, `{ is: "waiting", text,
 * incident, waitMs }` before it comes back by itself, `{ is: "stopped", text, incident }` where that is for the visitor, and
 * `{ is: "renewed", expiresAt, times }` when the proof was put in force or renewed.
 */
export class Connection {
  #path;
  #onState;
  #onMessage;
  #socket = null;
  #timers = new Set();
  #attempts = 0;
  /** What belongs to an earlier round is not listened to any more. */
  #round = 0;

  constructor(path, { onState, onMessage }) {
    this.#path = path;
    this.#onState = onState;
    this.#onMessage = onMessage;
  }

  /** Connects, in place of whatever there was. */
  open() {
    this.close();
    this.#attempts = 0;
    void this.#connect();
  }

  /** Ends it, and everything that was to happen. */
  close() {
    this.#round += 1;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#socket?.close(1000);
    this.#socket = null;
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  async #connect() {
    const round = this.#round;
    this.#onState({ is: "connecting" });
    const answer = await ask("ticket", { route: this.#path });
    if (round !== this.#round) return;
    if (!answer.ok) return this.#ended(ticketWords(answer.status, answer.body.incident), answer.retryAfterMs);
    const url = `${location.origin.replace(/^http/, "ws")}${this.#path}`;
    const socket = new WebSocket(url, [`sallyport.ticket.${answer.body.ticket}`, "sallyport.v1"]);
    this.#socket = socket;
    const heard = (listen) => (event) => {
      if (round === this.#round) listen(event);
    };
    let openedAt = null;
    socket.addEventListener(
      "open",
      heard(() => {
        openedAt = performance.now();
        this.#onState({ is: "open" });
        this.#proven(answer, { key: answer.body, times: 0 });
      }),
    );
    socket.addEventListener(
      "message",
      heard(({ data }) => this.#onMessage(JSON.parse(data))),
    );
    socket.addEventListener(
      "close",
      heard(({ code, reason }) => {
        if (openedAt !== null && performance.now() - openedAt > goodAfterMs) this.#attempts = 0;
        this.#ended(closeWords(code, reason));
      }),
    );
  }

  #ended(words, atLeastMs = 0) {
    this.close();
    if (!words.again) {
      this.#onState({ is: "stopped", ...words });
      return;
    }
    // Twice as long each time, and by chance up to half less: those whom one restart sent away do not come back as one.
    const fullMs = Math.min(longestWaitMs, 1000 * 2 ** this.#attempts);
    const waitMs = Math.max(atLeastMs, fullMs * (0.5 + Math.random() / 2));
    this.#attempts += 1;
    this.#onState({ is: "waiting", ...words, waitMs });
    this.#after(waitMs, () => this.#connect());
  }

  /** A proof is in force: tells until when, and renews it in time. */
  #proven({ body, clock }, { key, times }) {
    const { expiresAt, refreshAt } = body;
    this.#onState({ is: "renewed", expiresAt, times });
    if (refreshAt === null || refreshAt === undefined) return;
    const inMs = Math.max(shortestRenewalMs, Date.parse(refreshAt) - clock);
    this.#after(inMs, () => this.#renew({ key, times }));
  }

  /** Shows the gate anew who is there: what else it needs is the cookie, which the browser sends. */
  async #renew({ key, times }) {
    const round = this.#round;
    const { session, refreshSecret } = key;
    const answer = await ask("refresh", { session, refreshSecret });
    if (round !== this.#round) return;
    if (answer.ok) return this.#proven(answer, { key, times: times + 1 });
    // Nothing of this refusal can be mended here: the gate closes the connection when the proof has ended.
    if (!ticketWords(answer.status).again) return;
    this.#after(Math.max(answer.retryAfterMs, 5000), () => this.#renew({ key, times }));
  }

  #after(ms, act) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
