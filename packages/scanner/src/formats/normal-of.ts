import type { Report } from "../report.ts";

/** What was tested, in a line. */
export function subjectOf({ target, address, client, control }: Report): string {
  if (control === null) return target;
  if (client === undefined) return `${target} (${address})`;
  const name = client.command ?? client.agent ?? "without a name";
  return `The client ${name}${address === "" ? "" : ` (${address})`}, which connected to ${target}`;
}

/** What a normal connection was like, in a sentence; empty where no connection was made. */
export function normalOf({ client, control }: Report): string {
  if (control === null) return "";
  const { origin, isUsable, problem, roundTripMs } = control;
  if (!isUsable) return `There is no normal connection: ${problem}.`;
  const named = origin === null ? "without an Origin" : `with Origin: ${origin}`;
  return client === undefined
    ? `A normal connection ${named} is admitted; a ping takes ${roundTripMs} ms.`
    : `The client connects ${named}, and stays on a normal connection; a ping takes ${roundTripMs} ms.`;
}
