import type { Lesson } from "./lesson.ts";
import { doorCookie } from "./lessons/origin/door-page.ts";
import { annsCookie as parcelsCookie } from "./lessons/rights/depot.ts";
import { annsCookie as deskCookie } from "./lessons/logout/desk-session.ts";
import { annsToken } from "./lessons/token/desk-token.ts";

const origin: Lesson = {
  id: "origin",
  path: "/door",
  ports: { application: 8101, gate: 8201 },
  hasPage: true,
  gateLines: ["origin:"],
  scan: { checks: ["accepts-foreign-origin"], cookie: doorCookie },
  lintRules: [],
  words: {
    title: "Any page may use it",
    summary: "A hostile page opens the socket in your browser, with your cookie.",
    cwe: ["CWE-1385", "CWE-346"],
    story: [
      "A front door on `ws`: who is signed in may unlock it, and a cookie says who is signed in.",
      "Browsers stop a page from reading another site's answers, but not from opening a WebSocket to it, and they send that site's cookies along. The server asks for the cookie, and never whose page it was that asked: cross-site WebSocket hijacking.",
    ],
    attack:
      "It connects as a visitor's browser does on behalf of a page of `https://evil.example`: with the visitor's cookie, and with an `Origin` that tells the truth.",
    scan: "The scanner connects with an `Origin` that nobody can own, and waits whether the socket is of use: a 101 alone proves nothing.",
    mend: "Compare `Origin` with a list of whole origins before the upgrade. `SameSite` on the cookie helps less than it seems: pages of another port or subdomain count as the same site.",
    gate: "The gate answers 403 to any other origin, to `null`, and to none at all where a cookie would be forwarded. The application never hears of it.",
  },
};

const token: Lesson = {
  id: "token",
  path: "/desk",
  ports: { application: 8102, gate: 8202 },
  beside: ["secret.txt"],
  gateLines: ["identity:", "jwt:"],
  scan: { checks: ["accepts-unsigned-token", "accepts-token-in-url"], token: annsToken },
  lintRules: [],
  words: {
    title: "A token that vouches for itself",
    summary: "The token says that it needs no signature, and stands in the URL for every log to keep.",
    cwe: ["CWE-347", "CWE-598"],
    story: [
      "A pay desk on `ws`: a JSON Web Token says who is there, and what their role is. Managers may see salaries.",
      "The server looks up in the token by which algorithm it is to be verified. One that says `none` needs no signature. And it takes tokens from the URL, because browsers set no headers on a WebSocket.",
    ],
    attack:
      "ann is a clerk with a token of her own. She writes another: the same claims, `role: manager`, `alg: none`, and nothing behind the last dot.",
    scan: "The scanner sends the claims of your token under `alg: none` in several spellings, while an invented token is refused; and your token in the query in place of the header.",
    mend: "A library verifies, by a list of algorithms that stands in the code. Pages send the token in the first message or in a subprotocol, or fetch a ticket that is good for once.",
    gate: "The gate verifies the token before the application sees the handshake: algorithm, signature, issuer, audience, time. It looks for tokens in headers and subprotocols, and in no URL.",
  },
};

const rights: Lesson = {
  id: "rights",
  path: "/parcels",
  ports: { application: 8103, gate: 8203 },
  gateLines: ["dialect: mqtt", "permission:", "otherwise: allow", "rules:", "- when:", "allow: 'message"],
  scan: { checks: ["mqtt-subscribes-to-everything"], cookie: parcelsCookie },
  lintRules: [],
  words: {
    title: "Everybody's parcels",
    summary: "Who may connect may read everything: no message is asked whether it may.",
    cwe: ["CWE-862", "CWE-639"],
    story: [
      "A parcel service: MQTT of `aedes` over a WebSocket. Each customer's page subscribes to the topics below `parcels/` and their name.",
      "The handshake knows who is there. After it nobody asks again: the name in the topic is the page's own word, and `#` stands for every topic there is.",
    ],
    attack: "ann, a customer like any other, subscribes to `parcels/#`.",
    scan: "The scanner asks for a subscription to `#`, and leaves as soon as it is granted. What came meanwhile stands in no report.",
    mend: "Grant each client the topics that are its own: the right belongs to the message, not to the connection.",
    gate: "With `dialect: mqtt` the gate reads what MQTT says, packet by packet, and a rule compares the topic with the user that the session belongs to.",
  },
};

const limits: Lesson = {
  id: "limits",
  path: "/people",
  ports: { application: 8104, gate: 8204 },
  gateLines: ["messageSize:", "messageRate:", "dialect:"],
  scan: {
    checks: ["large-message-limit", "no-message-rate-limit", "graphql-no-depth-limit"],
    subprotocol: "graphql-transport-ws",
    messages: ['{"type":"connection_init"}'],
  },
  lintRules: ["require-max-payload"],
  words: {
    title: "As much as you like",
    summary: "No message is too large, none too many, and a short question has a very long answer.",
    cwe: ["CWE-770", "CWE-400"],
    story: [
      "Who knows whom: GraphQL of `graphql-ws`. People have friends, and those have friends again.",
      "`ws` takes messages of 100 MiB unless told otherwise, as many as come, and GraphQL runs whatever is asked: each level of friends multiplies the answer by three.",
    ],
    attack:
      "2,000 messages at once, and one question of 115 characters. Both are bounded, so that your machine does not mind; an attacker would not stop there.",
    scan: "The scanner announces large messages without sending them, sends 2,000 small ones, and asks a question of sixty levels that finds nothing.",
    mend: "A size a little above the largest message, a bucket per connection, and a rule of validation that counts levels.",
    gate: "The gate parses every question and counts its levels before the server spends anything on it; over the rate it stops reading, and then closes with 4429.",
  },
};

const injection: Lesson = {
  id: "injection",
  path: "/book",
  ports: { application: 8105, gate: 8205 },
  hasPage: true,
  gateLines: ["threat:"],
  alsoDiffers: [["vulnerable/book.js", "fixed/book.js"]],
  scan: { checks: ["relays-markup", "pollutes-prototypes"], messages: ['{"name":"scan","text":"hello"}'] },
  lintRules: ["no-html-from-message"],
  words: {
    title: "A message that acts",
    summary:
      "What one visitor writes runs in the pages of all others, and changes what every object of the server has.",
    cwe: ["CWE-79", "CWE-1321"],
    story: [
      "A guest book on `ws`: what is signed is shown to all who have it open. Moderators may empty it.",
      "The page puts lines into the document as HTML. The server copies a message into an entry member by member, and so follows `__proto__` to what all objects share.",
    ],
    attack:
      "One line with an element that runs a script; one message that writes `isModerator` onto every object; and then an order that only moderators may give. Open the book first, and look at it afterwards.",
    scan: "The scanner sends an element and looks whether it reaches another connection as it is; and a member that only a prototype was given, and looks whether another message's answer has it.",
    mend: "The page shows text as text. The server takes the members it knows by name, and refuses what a line of this book has no use for.",
    gate: "`threat` decodes texts as attackers encode them, refuses script, and refuses JSON whose names reach a prototype.",
  },
};

const leaks: Lesson = {
  id: "leaks",
  path: "/socket.io/?EIO=4&transport=websocket",
  ports: { application: 8106, gate: 8206 },
  gateLines: ["dialect: socket.io", "leak:"],
  scan: {
    checks: ["sends-secrets", "discloses-stack-traces"],
    messages: ["40", '42["order","A-7"]'],
  },
  lintRules: [],
  words: {
    title: "More than the page shows",
    summary:
      "Whole rows of the database, and errors with their stack, for whoever opens the browser's tools.",
    cwe: ["CWE-200", "CWE-209"],
    story: [
      "A help desk on Socket.IO: say the number of an order, and it says what was ordered.",
      "The server sends the row as it stands in the database, and an error as it was thrown. The page shows three words of it. The rest came along: a card number, the key of the archive in the cloud, addresses, paths and lines of the code.",
    ],
    attack: "It asks for one order that is there and for one that is not, and reads.",
    scan: "The scanner says what you give it and what no application expects, and looks in everything that comes back for the forms of secrets and of stack traces. The report shows none of them.",
    mend: "Send the members that a page needs, by name. An error gets an id, and its stack stays in the log under that id.",
    gate: "`leak` reads what goes out, and hides card numbers, keys and internal addresses in place, so that the message stays a message, and ends the connection where a stack trace would leave. What only your team knows for a secret, it must be told.",
  },
};

const logout: Lesson = {
  id: "logout",
  path: "/mail",
  ports: { application: 8107, gate: 8207 },
  hasPage: true,
  gateLines: ["identity:"],
  scan: { checks: ["outlives-logout"], cookie: deskCookie, logoutPath: "/logout", signInPath: "/" },
  lintRules: [],
  words: {
    title: "Signed out, still here",
    summary: "The session is over, and the socket that it opened goes on.",
    cwe: ["CWE-613"],
    story: [
      "A mailbox: Express with `express-session`, and `ws` beside it. Signing out ends the session.",
      "A WebSocket asks who is there once, when it is opened, and may live for days. Nobody tells it that the session is over: not for the tab that was left open, and not for the one that was stolen.",
    ],
    attack: "Somebody has a socket of ann's. ann signs out; they ask for news.",
    scan: "The scanner opens a socket, ends the session where you say, waits, and pings.",
    mend: "Keep sessions and their sockets in one table, and close the sockets where the session ends.",
    gate: "The gate asks the application about the session again, here every second, and closes with 4540 what has no session any more. It can also be told at once: `sallyport revoke`.",
  },
};

const crash: Lesson = {
  id: "crash",
  path: "/clock",
  ports: { application: 8108, gate: 8208 },
  gateLines: ["- path: /clock", "upstream:"],
  scan: { checks: ["crashes-on-malformed-frame"], isDestructive: true },
  lintRules: ["require-error-listener"],
  words: {
    title: "Two bytes, and it is gone",
    summary: "One malformed frame ends the process, and with it everybody's connection.",
    cwe: ["CWE-248", "CWE-755"],
    story: [
      "A clock on `ws`: ask, and it says what time it is.",
      "`ws` reports a malformed frame as an `error` of that socket. In Node an `error` that nobody listens for is thrown, and what is thrown there ends the process.",
    ],
    attack: "It sends two bytes that are no frame, while somebody else is connected.",
    scan: "The scanner keeps two connections open that do nothing, and sends malformed frames on others. It runs such checks with `--destructive` alone.",
    mend: "One line: listen for `error` on every socket, also on those that are still shaking hands.",
    gate: "The gate parses every frame by RFC 6455 and ends that connection with 1002. An application behind it gets frames that are frames.",
  },
};

/** The lessons, in the order in which they are best taken. */
export const lessons: readonly Lesson[] = [origin, token, rights, limits, injection, leaks, logout, crash];
