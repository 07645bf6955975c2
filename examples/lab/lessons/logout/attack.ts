// Somebody has ann's socket: a stolen laptop, a tab that was left open. ann signs out, everywhere she can.
import { once } from "node:events";

import { WebSocket } from "ws";

import type { Attempt } from "../../attempt.ts";
import { annsCookie } from "./desk-session.ts";

/** How long a gate that asks once a second may take to notice. */
const patienceMs = 6000;

/** Reads ann's mail after she has signed out. */
export async function attack({ url, origin, say }: Attempt): Promise<boolean> {
  const pages = url.replace("ws:", "http:").replace("/mail", "");
  await fetch(`${pages}/`);
  const socket = new WebSocket(url, { origin, headers: { Cookie: annsCookie } });
  const isClosed = new Promise<string>((done) => {
    socket.once("close", (code) => done(`closed with ${code}`));
    socket.once("error", ({ message }) => done(message));
  });
  await Promise.race([once(socket, "open"), isClosed]);
  say("< connected with ann's cookie");
  const { status } = await fetch(`${pages}/logout`, {
    method: "POST",
    headers: { Cookie: annsCookie, Origin: origin },
  });
  say(`> ann signs out: POST /logout answers ${status}`);
  const { promise: patience, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, patienceMs, null);
  const ended = await Promise.race([isClosed, patience]);
  clearTimeout(timer);
  if (ended !== null) {
    say(`< ${ended}`);
    return false;
  }
  say("> any news?");
  socket.send("any news?");
  const [data] = await once(socket, "message");
  say(`< ${data.toString()}`);
  socket.terminate();
  return true;
}
