/** Every status that the registry of errors uses, and 101. The phrases of RFC 9110 15 and RFC 6585. */
const PHRASES: ReadonlyMap<number, string> = new Map([
  [101, "Switching Protocols"],
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [408, "Request Timeout"],
  [414, "URI Too Long"],
  [421, "Misdirected Request"],
  [426, "Upgrade Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [500, "Internal Server Error"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

/** The reason phrase of a status that we answer with; `Error` for any other. */
export function reasonPhrase(status: number): string {
  return PHRASES.get(status) ?? "Error";
}
