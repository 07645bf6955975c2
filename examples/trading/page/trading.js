// The trading desk's page: a live book, orders with a token each, statements.

import { Visit } from "../../shared/page/visit.js";
import { euros, Ladder } from "./ladder.js";
import { connectionToken, forgetToken, messageToken } from "./tokens.js";

const [bids, asks, rate, order, ask, log, tries, stolen, copy] = [
  "bids",
  "asks",
  "rate",
  "order",
  "ask",
  "log",
  "tries",
  "stolen",
  "copy",
].map((id) => document.getElementById(id));

const ladder = new Ladder(bids, asks);
/** Who is logged in; their account is called as they are. */
let me = "";
let updates = 0;
/** The numbers that the client gave to orders that were not answered yet, by their ids. */
const sent = new Map();

const visit = new Visit(
  "/trade",
  // An order is for now: none waits for a connection. One that was sent counts as arrived when the desk has answered, and not before.
  { token: connectionToken, queue: { messages: 0 }, report: { settleMs: Infinity } },
  {
    onEnter(user) {
      me = user;
      forgetToken();
      sent.clear();
      log.replaceChildren();
      order.elements.price.value = "";
    },
    onLeave: forgetToken,
    onOpen() {
      enable(true);
      void say({ type: "subscribe" });
    },
    onMessage: (data) => hear(JSON.parse(data)),
    onClosed(end, words) {
      enable(false);
      tell(words, "refused");
      for (const { data } of end.unconfirmed) tellUnconfirmed(JSON.parse(data));
    },
  },
);

function enable(isOpen) {
  for (const control of document.querySelectorAll("#application :is(button, input, select)"))
    control.disabled = !isOpen;
}

// What the desk says

const heard = {
  snapshot(book) {
    ladder.begin(book);
    if (order.elements.price.value === "") order.elements.price.value = euros(ladder.best(1) ?? 10_000);
  },
  book(message) {
    updates += message.updates.length;
    ladder.change(message.updates);
  },
  done({ id, side, filled, price }) {
    // The desk answers in order: what was sent before has arrived, too.
    visit.confirm(sent.get(id) ?? 0);
    sent.delete(id);
    const verb = side === "buy" ? "bought" : "sold";
    tell(filled === 0 ? "Nobody would at that price." : `You ${verb} ${filled} at ${euros(price)}.`);
  },
  statement({ lines }) {
    const text = document.createElement("pre");
    text.textContent = lines.join("\n");
    append(text);
  },
};

function hear(message) {
  heard[message.type]?.(message);
}

function tell(text, kind = "") {
  const line = document.createElement("p");
  line.className = kind;
  line.textContent = text;
  append(line);
}

function append(element) {
  log.append(element);
  log.scrollTop = log.scrollHeight;
}

function tellUnconfirmed({ type, quantity }) {
  if (type === "order")
    tell(`Whether your order of ${quantity} was carried out is not known: ask for a statement.`);
}

// What the trader says

/** Says something with its own token. Returns the message's number; 0: it was not sent. */
async function say(message) {
  try {
    return sayWith(message, await messageToken());
  } catch (error) {
    tell(`It was not sent: ${error.message}.`, "refused");
    return 0;
  }
}

/** Says something with this token; `undefined`: with none. */
function sayWith(message, token) {
  const number = visit.send(JSON.stringify({ ...message, token }));
  if (number > 0 && message.type === "order") sent.set(message.id, number);
  return number;
}

function ordered(more = {}) {
  const { side, price, quantity } = order.elements;
  return {
    type: "order",
    id: crypto.randomUUID(),
    account: me,
    side: side.value,
    price: Math.round(Number(price.value) * 100),
    quantity: Number(quantity.value),
    ...more,
  };
}

order.addEventListener("submit", (event) => {
  event.preventDefault();
  void say(ordered());
});
ask.addEventListener("click", () => void say({ type: "statement", account: me }));

// What does not go

const tried = {
  none: () => sayWith(ordered(), undefined),
  limit: () => say(ordered({ quantity: 501 })),
  account: () => say(ordered({ account: me === "ann" ? "ben" : "ann" })),
  field: () => say(ordered({ discount: 100 })),
};

tries.addEventListener("click", ({ target }) => {
  if (target instanceof HTMLButtonElement) void tried[target.value]();
});
stolen.addEventListener("submit", (event) => {
  event.preventDefault();
  sayWith(ordered(), stolen.elements.token.value.trim());
});
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(await messageToken());
  tell("Your token is on the clipboard. It is good for half a minute.");
});

setInterval(() => {
  rate.textContent = updates.toLocaleString("en");
  updates = 0;
}, 1000);

// Nobody reads faster than that.
const showMs = 100;
let shownAt = 0;
function frame(now) {
  if (now - shownAt >= showMs) {
    shownAt = now;
    ladder.show();
  }
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

await visit.begin();
