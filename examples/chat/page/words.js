// What to tell a visitor who is not connected, and whether coming back by itself helps.

/** The gate's own close codes; those from 4400 to 4499 are meant to come back, those from 4500 on are not. */
const gateCodes = {
  4401: "Your proof of being logged in ended, and nobody renewed it.",
  4408: "It took too long to find out who you are.",
  4429: "You sent too much, too fast.",
  4503: "You were not allowed to do that, or to be here any longer.",
  4522: "You sent something that the chat does not understand.",
  4529: "Your address is banned.",
  4540: "Your access was withdrawn.",
};

const standardCodes = {
  1000: "The connection was closed.",
  1001: "The chat is going away.",
  1003: "You sent a kind of message that is not taken here.",
  1005: "The connection was closed without a word.",
  1006: "The connection broke.",
  1008: "The connection was closed by policy.",
  1009: "The message was too long.",
  1011: "Something went wrong at the other end.",
  1012: "The chat or its gate starts anew.",
  1013: "The chat has too much to do.",
};
const comeBack = new Set([1001, 1005, 1006, 1011, 1012, 1013]);

const ticketStatuses = {
  401: "You are logged in, but the gate does not let you in: your access was withdrawn.",
  403: "The gate does not let you in: you are not allowed to be here.",
  404: "There is no gate here that gives tickets.",
  429: "There are too many connections, or too many attempts.",
  502: "The chat cannot be reached.",
  503: "The gate cannot find out at the moment who you are.",
  504: "The chat does not answer in time.",
};
const askAgain = new Set([429, 500, 502, 503, 504]);

/** What a Close means. A code above 4399 is the gate's only where its reason says so: an application has codes of its own. */
export function closeWords(code, reason) {
  const [, incident = null] = /^sallyport:(.+)$/.exec(reason) ?? [];
  const ours = incident !== null && code >= 4400 && code <= 4999;
  const words = (ours ? gateCodes : standardCodes)[code] ?? "The connection was closed.";
  return { text: `${words} (${code})`, again: ours ? code < 4500 : comeBack.has(code), incident };
}

/** What a status of the ticket's answer means; 0: there was no answer. A refused WebSocket itself tells a page nothing. */
export function ticketWords(status, incident = null) {
  if (status === 0) return { text: "The gate does not answer.", again: true, incident };
  const words = ticketStatuses[status] ?? "The gate does not let you in.";
  return { text: `${words} (${status})`, again: askAgain.has(status), incident };
}
