import { field, open, type Opened, post, type Talk } from "../program.ts";
import type { Attack, Outcome, Site } from "./outcome.ts";

/** Under this name the attacker has logged in at the chat, as anybody may. */
const self = "mallory";

async function logIn({ origin }: Site): Promise<string> {
  const { cookie, status } = await post(`${origin}/login`, { name: self });
  if (cookie === "") throw new Error(`logging in was answered ${status}`);
  return cookie;
}

/** As the chat's own page does; where no gate is, there is no ticket, and none is needed. */
async function fetchTicket(site: Site, cookie: string): Promise<{ status: number; body: unknown }> {
  if (!site.isGuarded) return { status: 200, body: {} };
  const headers = { cookie, origin: site.origin, "sallyport-request": "1" };
  return await post(`${site.origin}/.sallyport/ticket`, { route: "/chat" }, headers);
}

function enter(site: Site, cookie: string, ticket: string): Promise<Opened> {
  const { origin, socket } = site;
  return open(socket, { cookie, origin, ...(ticket === "" ? {} : { ticket }) });
}

/** A connection that is the attacker's by right. */
async function connect(site: Site, cookie: string): Promise<Talk> {
  const { status, body } = await fetchTicket(site, cookie);
  const opened = await enter(site, cookie, field(body, "ticket"));
  if (!opened.ok) throw new Error(`it answered ${status === 200 ? opened.status : status}`);
  opened.talk.say({ type: "join", room: "lobby" });
  await opened.talk.until((event) => field(event, "type") === "joined");
  return opened.talk;
}

/** Something to send, and what says that it worked. */
interface Trial {
  readonly message: unknown;
  /** Whether this message of the chat says so. */
  readonly isMeant: (event: unknown) => boolean;
  readonly stopped: string;
  readonly through: string;
}

/** A line of the lobby, that is known again when the chat repeats it. */
function newLine(text: unknown, more: object = {}): Pick<Trial, "message" | "isMeant"> {
  const id = crypto.randomUUID();
  const message = { type: "say", room: "lobby", id, text, ...more };
  return { message, isMeant: (event) => field(lineOf(event), "id") === id };
}

const lineOf = (event: unknown): unknown => Reflect.get(Object(event), "line");

/** Sends one message as a member of the lobby, and waits for what comes of it. */
async function send(site: Site, { message, isMeant, stopped, through }: Trial): Promise<Outcome> {
  const talk = await connect(site, await logIn(site));
  talk.say(message);
  const heard = await talk.until(isMeant);
  talk.end();
  if (heard.is === "message") return { verdict: "through", text: through, carried: lineOf(heard.event) };
  const text = `${stopped} The connection was closed.`;
  return { verdict: "stopped", text, answer: heard.code, incident: heard.incident };
}

const useTwice: Attack = async (site) => {
  const cookie = await logIn(site);
  const ticket = field((await fetchTicket(site, cookie)).body, "ticket");
  const first = await enter(site, cookie, ticket);
  if (!first.ok) throw new Error(`it answered ${first.status}`);
  const second = await enter(site, cookie, ticket);
  for (const opened of [first, second]) if (opened.ok) opened.talk.end();
  if (second.ok) {
    const text = "What opened the first connection, the cookie, opened a second, and would open a hundred.";
    return { verdict: "through", text };
  }
  const { status: answer, incident } = second;
  const text = "The ticket opened its one connection, for its owner. Whoever copied it came too late.";
  return { verdict: "stopped", text, answer, incident };
};

const outliveLogin: Attack = async (site) => {
  const cookie = await logIn(site);
  const talk = await connect(site, cookie);
  await post(`${site.origin}/logout`, {}, { cookie, origin: site.origin });
  if (!site.isGuarded) {
    const { message, isMeant } = newLine("I logged out, and I am still here.");
    talk.say(message);
    await talk.until(isMeant);
    talk.end();
    return {
      verdict: "through",
      text: "Logged out, and still in the room: the connection goes on for as long as it likes.",
    };
  }
  const heard = await talk.until(() => false);
  if (heard.is !== "closed") throw new Error("the connection was not closed");
  const again = await fetchTicket(site, cookie);
  return {
    verdict: "stopped",
    text: `The gate asked the chat again whose session it is, and closed the connection. The old cookie gets no new ticket either (${again.status}).`,
    answer: heard.code,
    incident: heard.incident,
  };
};

const forgeSender: Attack = (site) =>
  send(site, {
    ...newLine("I resign. Please send my things to mallory.", { from: "ann" }),
    stopped: "In this chat a message does not say whom it comes from, so this is none.",
    through: "Everybody in the lobby reads that ann resigns: the chat kept what the message said of itself.",
  });

const pollute: Attack = (site) => {
  const { message, isMeant } = newLine("Hello, everybody.");
  return send(site, {
    // Written into the text: in a literal, `__proto__` would be our own.
    message: JSON.stringify(message).replace("}", `,"__proto__":{"isModerator":true}}`),
    isMeant,
    stopped: "A message may not use the name __proto__.",
    through: "The chat sent it on to everybody.",
  });
};

const bury: Attack = (site) =>
  send(site, {
    ...newLine("blah ".repeat(13_000)),
    stopped: "At most 16 KiB are taken, and the gate read no further.",
    through: "64 KiB went to everybody in the lobby, and whoever comes later gets them again.",
  });

const sendNonsense: Attack = (site) =>
  send(site, {
    ...newLine({ $gt: "" }),
    stopped: "It does not fit the schema of what the chat understands.",
    through: "Everybody was sent a query for a database where a text belongs.",
  });

const eavesdrop: Attack = (site) =>
  send(site, {
    message: { type: "join", room: "staff" },
    isMeant: (event) => field(event, "type") === "joined" && field(event, "room") === "staff",
    stopped: "The gate's rules say whose room it is.",
    through:
      "In the room of the staff, with all that was said there: the chat asks nobody which rooms are theirs.",
  });

const plantScript: Attack = (site) =>
  send(site, {
    ...newLine(`You have won! <svg onload="parent.postMessage('ran', '*')">`),
    stopped: "The gate found the script.",
    through: "The script went to everybody in the lobby. The chat's own page shows it as harmless text;",
  });

/** The attacks that a program makes, by the name under which the page describes them. */
export const attacks: ReadonlyMap<string, Attack> = new Map([
  ["use-twice", useTwice],
  ["outlive-login", outliveLogin],
  ["forge-sender", forgeSender],
  ["pollute", pollute],
  ["bury", bury],
  ["send-nonsense", sendNonsense],
  ["eavesdrop", eavesdrop],
  ["plant-script", plantScript],
]);
