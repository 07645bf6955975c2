// What somebody does who has got hold of ben's login: `npm run demo:attack`, while `npm run demo` runs.
import { once } from "node:events";
import { request } from "node:https";
import { parseArgs } from "node:util";

import { WebSocket } from "ws";

import { demoDirectory, gatePort } from "./running-demo.ts";

const { values: flags } = parseArgs({
  options: {
    // Where the demo's configuration is.
    directory: { type: "string", default: demoDirectory },
  },
});

/** An attacker does not ask who signed the certificate. */
const trustful = { rejectUnauthorized: false } as const;

/** What was answered to a request. */
interface Answer {
  readonly status: number;
  readonly cookie: string;
  readonly body: unknown;
}

/** As a page of the chat does. */
async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const asked = request(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    ...trustful,
  });
  asked.end(JSON.stringify(body));
  const [response] = await once(asked, "response");
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += String(piece);
  const cookie = String(response.headers["set-cookie"]?.[0] ?? "").split(";", 1)[0] ?? "";
  return { status: response.statusCode, cookie, body: text === "" ? null : JSON.parse(text) };
}

/** The status that a page of another site is answered with. */
async function openFrom(origin: string, url: string, cookie: string): Promise<number> {
  const socket = new WebSocket(url, { origin, headers: { cookie }, ...trustful });
  const [, response] = await once(socket, "unexpected-response");
  socket.on("error", () => undefined);
  socket.terminate();
  return response.statusCode;
}

function say(what: string): void {
  console.log(what);
}

const port = await gatePort(flags.directory);
const [site, url] = [`https://localhost:${port}`, `wss://localhost:${port}/chat`];
const { cookie } = await post(`${site}/login`, { name: "ben" });
say("logged in as ben");

const foreign = "https://evil.example";
say(`from a page of ${foreign}: ${await openFrom(foreign, url, cookie)}`);

const headers = { cookie, origin: site, "sallyport-request": "1" };
const { body } = await post(`${site}/.sallyport/ticket`, { route: "/chat" }, headers);
const ticket = String(Reflect.get(Object(body), "ticket"));
const socket = new WebSocket(url, [`sallyport.ticket.${ticket}`, "sallyport.v1"], {
  origin: site,
  headers: { cookie },
  ...trustful,
});
const heard = async (type: string): Promise<void> => {
  for (;;) {
    const [data] = await once(socket, "message");
    if (JSON.parse(String(data)).type === type) return;
  }
};
await once(socket, "open");
say("connected with a ticket");
const joined = heard("joined");
socket.send(JSON.stringify({ type: "join", room: "lobby" }));
await joined;
const said = heard("said");
// Whoever reads this in a log is to see an empty screen, and a title of ours.
const trick = "\u001b[2J\u001b]0;all is well\u0007<script>alert(1)</script>\u202e.exe";
socket.send(JSON.stringify({ type: "say", room: "lobby", text: trick }));
await said;
say("said something in the lobby that is meant for whoever reads the logs");

socket.send(JSON.stringify({ type: "join", room: "staff" }));
const [code, reason] = await once(socket, "close");
say(`into the room of the staff: closed with ${code}, incident ${String(reason).replace("sallyport:", "")}`);
