// Tries everything against both sites, and says in words what came of it.

import { hijack, isReachable, runsAsMarkup, stealTicket } from "./browser-attacks.js";

/** Each attack: what it is called, what it does, in words for a newcomer, and, where the visitor's browser makes it, how. */
const attacks = [
  {
    name: "hijack",
    title: "Use your login from here",
    what: "This page opens the chat's WebSocket in your browser, which adds your cookie. WebSockets know no same-origin policy (cross-site WebSocket hijacking, CWE-1385).",
    make: hijack,
  },
  {
    name: "steal-ticket",
    title: "Fetch a ticket in your name",
    what: "The chat's own page fetches a ticket before it connects. So does this one, with your cookie (cross-site request forgery, CWE-352).",
    make: stealTicket,
  },
  {
    name: "use-twice",
    title: "Use again what was used",
    what: "What opened a connection once is copied and shown again (replay, CWE-294). From here on this page's server attacks; it has logged in as mallory, as anybody may.",
  },
  {
    name: "outlive-login",
    title: "Stay after the log-out",
    what: "mallory connects, logs out, and goes on (CWE-613). The gate asks every five seconds: this takes so long.",
  },
  {
    name: "forge-sender",
    title: "Speak as somebody else",
    what: "A message says of itself that it comes from ann (CWE-915).",
  },
  {
    name: "pollute",
    title: "Change what every object is",
    what: "A message has a member called __proto__ (prototype pollution, CWE-1321).",
  },
  { name: "bury", title: "Bury everybody", what: "A message of 64 KiB (CWE-770)." },
  {
    name: "send-nonsense",
    title: "Send what nobody expects",
    what: "The text of a message is not a text but an object, as a database would read it (CWE-20, CWE-943).",
  },
  {
    name: "eavesdrop",
    title: "Go where only the staff may",
    what: "mallory joins the room of the staff (missing authorisation, CWE-862).",
  },
  {
    name: "plant-script",
    title: "Plant a script in a message",
    what: "A message holds markup with a script, for the pages that show it (cross-site scripting, CWE-79).",
  },
];

/** What a line that was carried to everybody can do there: tried, not claimed. */
const harms = {
  async "plant-script"({ text }) {
    const ran = await runsAsMarkup(text);
    return `in a page that inserts it as HTML, it ${ran ? "ran" : "did not run"}.`;
  },
  async pollute(line) {
    const copy = Object.assign({}, line);
    return `A program that copies it with Object.assign has ${copy.isModerator ? "a moderator now" : "nothing of it"}.`;
  },
};

const words = {
  stopped: "Stopped",
  through: "Succeeded",
  needless: "Not needed",
  own: "Not let in",
  untried: "Not tried",
};
const main = document.querySelector("#attacks");
const summary = document.querySelector("#summary");
const again = document.querySelector("#again");

async function ask(path, query = {}) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`);
  return await answer.json();
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

async function outcomeOf({ name, make }, site) {
  if (make === undefined) {
    const outcome = await ask("/attack", { name, site: site.name });
    const { carried, text } = outcome;
    if (carried === undefined || harms[name] === undefined) return outcome;
    return { ...outcome, text: `${text} ${await harms[name](carried)}` };
  }
  if (!(await isReachable(site))) {
    const text = `This browser cannot reach ${site.origin}, or does not trust its certificate: open it once first.`;
    return { verdict: "untried", text };
  }
  const { reason, ...outcome } = await make(site);
  return reason === undefined ? outcome : { ...outcome, ...(await ask("/reason", reason)) };
}

async function attack(one, site, place) {
  const [outcome, text, reason] = [
    element("p", "outcome", "trying …"),
    element("p", ""),
    element("p", "reason"),
  ];
  place.append(element("h3", "", site.name), outcome, text, reason);
  const came = await outcomeOf(one, site);
  place.dataset.verdict = came.verdict;
  outcome.textContent = words[came.verdict];
  text.textContent = came.text;
  const parts = [came.answer, came.code, came.incident && `incident ${came.incident}`].filter(Boolean);
  reason.textContent = parts.join(" · ");
  return came.verdict;
}

async function attackAll() {
  again.disabled = true;
  summary.textContent = "Trying …";
  main.replaceChildren();
  await ask("/forget");
  const sites = await ask("/sites");
  const verdicts = sites.map(() => []);
  const running = sites.map(() => Promise.resolve());
  for (const one of attacks) {
    const section = element("section", "", element("h2", "", one.title), element("p", "", one.what));
    section.dataset.attack = one.name;
    const places = element("div", "sites");
    section.append(places);
    main.append(section);
    for (const [index, site] of sites.entries()) {
      const place = element("article", "");
      place.dataset.site = site.isGuarded ? "gate" : "chat";
      places.append(place);
      // One after the other at each site, so that nobody is refused for being too many.
      running[index] = running[index].then(async () => {
        verdicts[index].push(await attack(one, site, place));
      });
    }
  }
  await Promise.all(running);
  const count = (index, verdict) => verdicts[index].filter((found) => found === verdict).length;
  const all = attacks.length;
  summary.textContent = `The gate stopped ${count(0, "stopped")} of ${all}. Without it, ${count(1, "through")} succeeded, and ${count(1, "needless")} was not needed.`;
  again.disabled = false;
}

again.addEventListener("click", attackAll);
await attackAll();
