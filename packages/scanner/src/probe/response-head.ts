/** The head of an answer (RFC 9112 4 and 5). */
export interface ResponseHead {
  /** As it stands in the status line: `HTTP/1.1`. */
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What reading a head found: `more` bytes are needed, it is `garbage`, or it is there with the bytes that it took. */
export type HeadReading = "more" | "garbage" | { readonly head: ResponseHead; readonly size: number };

/** Bytes of a head at most; what is longer is garbage. */
export const MAX_HEAD_BYTES = 32_768;

const STATUS_LINE = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/;
/** The value is trimmed apart from the pattern, which would take quadratic time for its spaces. */
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/;

/** Reads the head of an answer, of as many bytes as came. Text is read as Latin-1, so that no byte is lost. */
export function parseResponseHead(bytes: Buffer): HeadReading {
  const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf("\r\n\r\n");
  if (end < 0) return bytes.length >= MAX_HEAD_BYTES || !couldBegin(bytes) ? "garbage" : "more";
  const [statusLine = "", ...fields] = bytes.toString("latin1", 0, end).split("\r\n");
  const status = STATUS_LINE.exec(statusLine);
  const parsed = fields.map((field) => FIELD.exec(field));
  if (status === null || parsed.includes(null)) return "garbage";
  return {
    size: end + 4,
    head: {
      version: status[1] ?? "",
      status: Number(status[2]),
      reason: status[3] ?? "",
      headers: parsed.map((field) => [(field?.[1] ?? "").toLowerCase(), (field?.[2] ?? "").trim()] as const),
    },
  };
}

/** The value of a header, several joined by a comma; null where it is missing. */
export function headerOf({ headers }: ResponseHead, name: string): string | null {
  const found = headers.filter(([each]) => each === name.toLowerCase());
  return found.length === 0 ? null : found.map(([, value]) => value).join(", ");
}

function couldBegin(bytes: Buffer): boolean {
  const begin = bytes.toString("latin1", 0, 5);
  return "HTTP/".startsWith(begin);
}
