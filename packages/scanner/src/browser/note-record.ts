import type { Transcript } from "../probe/transcript.ts";
import type { CookiesAlong } from "./cookies-along.ts";
import { headerIn, type SocketMessage, type SocketRecord } from "./socket-recorder.ts";

/** Writes down a socket of the browser: its handshake, with cookies by name alone, and the first messages either way. */
export function noteRecord(record: SocketRecord, along: CookiesAlong, transcript: Transcript): void {
  noteHandshake(record, along, transcript);
  for (const message of record.messages)
    transcript.note(message.from === "page" ? ">" : "<", describeMessage(message));
}

/** The handshake, as the browser made it: where from, with which cookies by name, and with which Fetch Metadata. */
function noteHandshake(record: SocketRecord, { sent, kept }: CookiesAlong, transcript: Transcript): void {
  const { url, requestHeaders, status, subprotocol } = record;
  transcript.note(">", `GET ${url}`);
  if (Object.keys(requestHeaders).length === 0) return;
  transcript.note(">", `Origin: ${headerIn(requestHeaders, "origin") ?? "none"}`);
  const offered = headerIn(requestHeaders, "sec-websocket-protocol");
  if (offered !== null) transcript.note(">", `Sec-WebSocket-Protocol: ${offered}`);
  transcript.note(
    "-",
    sent.length === 0 ? "no cookie goes along" : `cookies that go along: ${sent.join(", ")}`,
  );
  if (kept.length > 0) transcript.note("-", `cookies that the browser keeps back: ${kept.join(", ")}`);
  const metadata = Object.entries(requestHeaders).filter(([name]) => /^sec-fetch-/i.test(name));
  for (const [name, value] of metadata) transcript.note(">", `${name}: ${value}`);
  if (metadata.length === 0) transcript.note("-", "the browser sent no Sec-Fetch headers");
  if (status !== null)
    transcript.note("<", `${status}${subprotocol === null ? "" : `, subprotocol ${subprotocol}`}`);
}

function describeMessage({ isText, data, isCut }: SocketMessage): string {
  const bytes = isText ? null : Buffer.from(data, "base64");
  const shown = bytes === null ? data : bytes.subarray(0, 48).toString("hex");
  const length = `${isCut ? "more than " : ""}${bytes === null ? Buffer.byteLength(data) : bytes.length} bytes`;
  return `${isText ? "text" : "binary"}, ${length}: ${shown}`;
}
