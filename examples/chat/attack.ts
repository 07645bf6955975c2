// What somebody does who has got hold of ben's login: `npm run demo:attack`, while `npm run demo` runs.
import { parseArgs } from "node:util";

import { field, open, post } from "./program.ts";
import { atDemo, demoDirectory } from "./running-demo.ts";

const { values: flags } = parseArgs({
  options: {
    // Where the demo's configuration is.
    directory: { type: "string", default: demoDirectory },
  },
});

function say(what: string): void {
  console.log(what);
}

const isOf = (type: string) => (event: unknown) => field(event, "type") === type;

/** What the attacker does, told line by line. */
async function attack(port: number): Promise<void> {
  const [site, url] = [`https://localhost:${port}`, `wss://localhost:${port}/chat`];
  const { cookie } = await post(`${site}/login`, { name: "ben" });
  say("logged in as ben");

  const foreign = "https://evil.example";
  const refused = await open(url, { cookie, origin: foreign });
  say(`from a page of ${foreign}: ${refused.ok ? "opened" : refused.status}`);

  const headers = { cookie, origin: site, "sallyport-request": "1" };
  const { body } = await post(`${site}/.sallyport/ticket`, { route: "/chat" }, headers);
  const opened = await open(url, { cookie, origin: site, ticket: field(body, "ticket") });
  if (!opened.ok) throw new Error(`the ticket opened nothing: ${opened.status}`);
  const { talk } = opened;
  say("connected with a ticket");
  talk.say({ type: "join", room: "lobby" });
  await talk.until(isOf("joined"));
  // Whoever reads this in a log is to see an empty screen, and a title of ours.
  const trick = "\u001b[2J\u001b]0;all is well\u0007\u202e.exe";
  talk.say({ type: "say", room: "lobby", id: crypto.randomUUID(), text: trick });
  await talk.until(isOf("said"));
  say("said something in the lobby that is meant for whoever reads the logs");

  talk.say({ type: "join", room: "staff" });
  const ended = await talk.until(() => false);
  if (ended.is === "closed")
    say(`into the room of the staff: closed with ${ended.code}, incident ${ended.incident}`);
}

await atDemo(flags.directory, attack);
