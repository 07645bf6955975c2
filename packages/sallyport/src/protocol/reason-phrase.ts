/**
 * Every status that the registry of errors uses, 101, and what applications commonly refuse with. The phrases of
 * RFC 9110 15, RFC 6585 and RFC 7725.
 */
const PHRASES: ReadonlyMap<number, string> = new Map([
  [101, "Switching Protocols"],
  [301, "Moved Permanently"],
  [302, "Found"],
  [303, "See Other"],
  [307, "Temporary Redirect"],
  [308, "Permanent Redirect"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [402, "Payment Required"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [410, "Gone"],
  [414, "URI Too Long"],
  [421, "Misdirected Request"],
  [422, "Unprocessable Entity"],
  [426, "Upgrade Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [451, "Unavailable For Legal Reasons"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

/** The reason phrase of a status that we answer with; `Error` for any other. */
export function reasonPhrase(status: number): string {
  return PHRASES.get(status) ?? "Error";
}
