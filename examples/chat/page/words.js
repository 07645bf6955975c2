// What to tell a visitor who is not connected. Whether coming back by itself helps, the client knows.

/** The gate's own close codes. */
const gateCodes = {
  4401: "Your proof of being logged in ended, and nobody renewed it.",
  4408: "It took too long to find out who you are.",
  4429: "You sent too much, too fast.",
  4503: "You were not allowed to do that, or to be here any longer.",
  4522: "The gate did not let through what you sent: the chat does not understand it, or it looks like an attack.",
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

const ticketStatuses = {
  401: "You are logged in, but the gate does not let you in: your access was withdrawn.",
  403: "The gate does not let you in: you are not allowed to be here.",
  404: "There is no gate here that gives tickets.",
  429: "There are too many connections, or too many attempts.",
  502: "The chat cannot be reached.",
  503: "The gate cannot find out at the moment who you are.",
  504: "The chat does not answer in time.",
};

const causes = {
  network: "The gate does not answer.",
  handshake: "The gate did not open the connection.",
  timeout: "The gate takes too long to answer.",
  heartbeat: "Nothing was heard for too long.",
  expired: "Your proof of being logged in ended, and the connection with it.",
};

/** Why a connection ended, or did not come about, in sentences; with the numbers that an expert looks for. */
export function endWords(end) {
  const { incident } = end;
  return incident === null ? [sentence(end)] : [sentence(end), `Incident ${incident}.`];
}

function sentence({ cause, code, status, incident }) {
  if (cause === "refused") return `${ticketStatuses[status] ?? "The gate does not let you in."} (${status})`;
  if (cause !== "closed") return causes[cause] ?? "The connection was closed.";
  // A code above 4399 is the gate's only where its reason says so: an application has codes of its own.
  const words = (incident === null ? standardCodes : { ...standardCodes, ...gateCodes })[code];
  return `${words ?? "The connection was closed."} (${code})`;
}
