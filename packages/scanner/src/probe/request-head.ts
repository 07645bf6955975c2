import { MAX_HEAD_BYTES } from "./response-head.ts";

/** The head of a request (RFC 9112 3 and 5). */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  /** Names as they were written, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What reading a head found: `more` bytes are needed, it is `garbage`, or it is there with the bytes that it took. */
export type RequestReading = "more" | "garbage" | { readonly head: RequestHead; readonly size: number };

const REQUEST_LINE = /^([A-Z]{1,20}) (\S{1,8192}) (HTTP\/\d\.\d)$/;
/** The value is trimmed apart from the pattern, which would take quadratic time for its spaces. */
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/;

/** Reads the head of a request, of as many bytes as came. Text is read as Latin-1, so that no byte is lost. */
export function parseRequestHead(bytes: Buffer): RequestReading {
  const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf("\r\n\r\n");
  if (end < 0) return bytes.length >= MAX_HEAD_BYTES ? "garbage" : "more";
  const [requestLine = "", ...fields] = bytes.toString("latin1", 0, end).split("\r\n");
  const [, method = "", path = "", version = ""] = REQUEST_LINE.exec(requestLine) ?? [];
  const parsed = fields.map((field) => FIELD.exec(field));
  if (method === "" || parsed.includes(null)) return "garbage";
  return {
    size: end + 4,
    head: {
      method,
      path,
      version,
      headers: parsed.map((field) => [field?.[1] ?? "", (field?.[2] ?? "").trim()] as const),
    },
  };
}

/** The value of a header of a request, several joined by a comma; null where it is missing. Names are matched without case. */
export function requestHeader({ headers }: RequestHead, name: string): string | null {
  const found = headers.filter(([each]) => each.toLowerCase() === name.toLowerCase());
  return found.length === 0 ? null : found.map(([, value]) => value).join(", ");
}
