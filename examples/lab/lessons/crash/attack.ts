// Two bytes that are no frame. Somebody else is connected, and has done nothing.
import { once } from "node:events";
import { connect } from "node:net";

import { WebSocket } from "ws";

import type { Attempt } from "../../attempt.ts";

/** A frame with all reserved bits, an opcode that does not exist, and no mask (RFC 6455 5.2). */
const malformed = Buffer.from("ff00", "hex");

/** Sends the bytes behind a handshake; resolves when that connection has ended, as it should. */
async function sendMalformed({ url, origin }: Attempt): Promise<void> {
  const { hostname, port, host, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = [
    `GET ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    `Origin: ${origin}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  await once(socket, "data");
  const isEnded = new Promise((done) => socket.on("error", () => undefined).once("close", done));
  socket.resume().write(malformed);
  await isEnded;
}

/** Ends the process with everybody in it. */
export async function attack(attempt: Attempt): Promise<boolean> {
  const { url, origin, say } = attempt;
  const witness = new WebSocket(url, { origin });
  await once(witness, "open");
  say("< somebody is connected");
  const isGone = new Promise<boolean>((done) => {
    witness.once("close", () => done(true));
    witness.once("pong", () => done(false));
  });
  say("> the bytes ff 00, on another connection");
  await sendMalformed(attempt);
  witness.ping();
  if (!(await isGone)) {
    say("< that connection was ended, and the other one still answers");
    witness.terminate();
    return false;
  }
  say("< everybody's connection was ended");
  const again = new WebSocket(url, { origin });
  const problem = await once(again, "open").then(
    () => null,
    (error: unknown) => String(error),
  );
  again.terminate();
  say(problem === null ? "< and it was started again" : `< nobody can connect any more: ${problem}`);
  return true;
}
