// One client asks for more than everybody else together: 2,000 messages at once, and one short question with a long answer. Both are bounded,
// so that your machine does not mind; an attacker would not stop there.
import { WebSocket } from "ws";

import type { Attempt } from "../../attempt.ts";

const messages = 2000;
const levels = 8;
const ping = JSON.stringify({ type: "ping" });
const query = `{ people ${"{ friends ".repeat(levels)}{ name }${" }".repeat(levels)} }`;
/** Who answers fewer than that in so long holds back. */
const few = 200;
const patienceMs = 1500;

function connect(url: string, origin: string): Promise<WebSocket> {
  const socket = new WebSocket(url, "graphql-transport-ws", { origin });
  return new Promise((done, fail) => {
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
    socket.once("message", () => done(socket));
    socket.on("error", fail);
  });
}

/** How many of the pings were answered. */
function flood(socket: WebSocket): Promise<number> {
  let [answered, before] = [0, 0];
  return new Promise((done) => {
    const finish = (): void => {
      clearInterval(timer);
      done(answered);
    };
    const look = (): void => {
      if (answered - before < few) finish();
      before = answered;
    };
    // What has arrived meanwhile is read first: a machine that is busy sets no limit.
    const timer = setInterval(() => setImmediate(look), patienceMs);
    socket.on("message", () => {
      answered += 1;
      if (answered === messages) finish();
    });
    socket.on("close", finish);
    for (let sent = 0; sent < messages; sent += 1) socket.send(ping);
  });
}

/** How many characters came back; 0 where it was refused. */
function ask(socket: WebSocket): Promise<number> {
  return new Promise((done) => {
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      done(text.startsWith('{"id":"1","type":"next"') ? text.length : 0);
    });
    socket.on("close", () => done(0));
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
  });
}

/** Floods, and asks for what grows. */
export async function attack({ url, origin, say }: Attempt): Promise<boolean> {
  const [first, second] = [await connect(url, origin), await connect(url, origin)];
  try {
    say(`> a question of ${query.length} characters: friends of friends, ${levels} levels deep`);
    const characters = await ask(first);
    say(characters === 0 ? "< refused" : `< an answer of ${characters} characters`);
    say(`> ${messages} messages at once`);
    const answered = await flood(second);
    say(`< ${answered} were answered${answered < messages ? ", and then no more" : ""}`);
    return characters > 100_000 && answered === messages;
  } finally {
    first.terminate();
    second.terminate();
  }
}
