// The chat's connection: what the page says goes out over @sallyport/client, and what became of it is told.

import { SallyportSocket } from "@sallyport/client";
import { messages } from "@sallyport/client/messages";

/** What is no JSON is a message of a kind that nobody knows. */
function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return { type: "unknown" };
  }
}

/**
 * One login's connection to the chat. `told` is told `state` (`connecting`, `open`, `waiting` and `ended`, the last two with the
 * client's account of the end), `event` (what the chat sends), `renewed` (until when the proof is good) and `failed` (ids of
 * lines that were not sent and will not be).
 */
export class ChatConnection {
  #told;
  #rooms;
  #socket = null;
  /** Lines that the chat has not repeated yet: their ids, by the number that the client gave them. */
  #unheard = new Map();

  /** @param rooms whose lines are wanted */
  constructor(rooms, told) {
    this.#rooms = rooms;
    this.#told = told;
  }

  /** Connects, in place of whatever there was. Cookies say who it is, so that no token is asked for. */
  open() {
    this.close();
    this.#told.state("connecting");
    // A line has arrived when the chat repeats it: until then it is reported as unconfirmed, however long ago it left.
    const socket = new SallyportSocket("/chat", [], { report: { settleMs: Infinity } });
    this.#socket = socket;
    const listen = (type, heard) =>
      socket.addEventListener(type, (event) => {
        if (socket === this.#socket) heard(event.detail);
      });
    listen("open", () => {
      for (const room of this.#rooms) this.send({ type: "join", room });
      this.#told.state("open");
    });
    listen("lost", (end) => {
      this.#told.state("waiting", end);
      this.#repeat(end.unconfirmed);
    });
    listen("close", (end) => {
      this.#socket = null;
      this.#told.failed([...this.#unheard.values()]);
      this.#unheard.clear();
      this.#told.state("ended", end);
    });
    listen("renewed", ({ expiresAt }) => this.#told.renewed(expiresAt));
    void this.#read(socket);
  }

  /** Ends it for good. */
  close() {
    const socket = this.#socket;
    this.#socket = null;
    this.#unheard.clear();
    socket?.close(1000);
  }

  /** Says a line; without a connection it waits for the next. `false`: it will never be sent. */
  say({ id, room, text }) {
    const number = this.send({ type: "say", room, id, text });
    if (number > 0) this.#unheard.set(number, id);
    return number > 0;
  }

  /** Answers the message's number, which the client counts from 1; 0: it will not be sent. */
  send(message) {
    return this.#give(JSON.stringify(message));
  }

  #give(data) {
    try {
      return this.#socket?.send(data) ?? 0;
    } catch {
      // The queue is full.
      return 0;
    }
  }

  /** Lines may come twice: the chat knows them by their ids. What else was on its way belonged to the connection that is gone. */
  #repeat(unconfirmed) {
    for (const { sequence, data } of unconfirmed) {
      const id = this.#unheard.get(sequence);
      if (id === undefined) continue;
      this.#unheard.delete(sequence);
      const number = this.#give(data);
      if (number > 0) this.#unheard.set(number, id);
      else this.#told.failed([id]);
    }
  }

  async #read(socket) {
    try {
      for await (const data of messages(socket)) {
        if (socket !== this.#socket) return;
        const event = parse(data);
        if (event.type === "said") this.#heard(event.line.id);
        this.#told.event(event);
      }
    } catch {
      // The socket's `close` has told why.
    }
  }

  /** The chat has repeated a line: it arrived, and with it all that was sent before. */
  #heard(id) {
    for (const [number, own] of this.#unheard) {
      if (own !== id) continue;
      this.#unheard.delete(number);
      this.#socket.confirm(number);
      return;
    }
  }
}
