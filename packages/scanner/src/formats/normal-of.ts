import type { Report, ReportedControl } from "../report.ts";

/** What a report, or a part of it, is about. */
type Subject = Pick<Report, "target" | "address" | "client">;

/** What was tested, in a line. */
export function subjectOf({ target, address, client }: Subject): string {
  if (client === undefined) return `${target} (${address})`;
  const name = client.command ?? client.agent ?? "without a name";
  return `The client ${name}${address === "" ? "" : ` (${address})`}, which connected to ${target}`;
}

/** What a normal connection was like, in a sentence. */
export function normalOf(
  { client }: Pick<Report, "client">,
  { origin, isUsable, problem, roundTripMs, foundSubprotocol }: ReportedControl,
): string {
  if (!isUsable) return `There is no normal connection: ${problem}.`;
  const named = origin === null ? "without an Origin" : `with Origin: ${origin}`;
  return client === undefined
    ? `A normal connection ${named} is admitted; a ping takes ${roundTripMs} ms.${foundSubprotocol === undefined ? "" : ` It needs the subprotocol ${foundSubprotocol}, which was found by trying: every check offered it.`}`
    : `The client connects ${named}, and stays on a normal connection; a ping takes ${roundTripMs} ms.`;
}
