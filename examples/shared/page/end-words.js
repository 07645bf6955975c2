// What became of a connection, in words for its visitor.

/** The gate's own close codes. */
const gateCodes = {
  4401: "Your proof of who you are was not good, or has ended.",
  4408: "It took too long to find out who you are.",
  4429: "You sent too much, too fast.",
  4503: "You were not allowed to do that, or to be here any longer.",
  4522: "You sent something that is not understood here.",
  4529: "Your address is banned.",
  4540: "Your access was withdrawn.",
};

const standardCodes = {
  1001: "The other side is going away.",
  1003: "You sent a kind of message that is not taken here.",
  1006: "The connection broke.",
  1009: "The message was too long.",
  1011: "Something went wrong at the other end.",
  1012: "The other side starts anew.",
  1013: "There is too much to do, or no room.",
};

const causes = {
  network: "The gate does not answer.",
  handshake: "The connection did not open.",
  timeout: "The other side did not answer in time.",
  expired: "Your proof of who you are has ended.",
  token: "No token was to be had.",
};

/** What the end of a connection means. @param end the `detail` of `lost` or `close` of a `SallyportSocket` */
export function endWords({ cause, code, status, incident }) {
  const hint = incident === null ? "" : ` Incident ${incident}.`;
  if (cause === "refused") return `The gate does not let you in. (${status})${hint}`;
  const isGates = incident !== null && code >= 4400;
  const words = (isGates ? gateCodes : standardCodes)[code] ?? causes[cause] ?? "The connection was closed.";
  return `${words} (${code})${hint}`;
}
