import { styleText } from "node:util";
import { errors } from "../errors.ts";
import type { SallyportEvent } from "../events.ts";

type Colour = "green" | "red" | "yellow" | "cyan" | "dim";

/** How a line is written. */
export interface LineStyle {
  readonly colour: boolean;
}

/** An event as one line for a person who watches the terminal: what was decided, why, and how to allow it. */
export function eventLine(event: SallyportEvent, at: Date, { colour }: LineStyle): string {
  const paint = (style: Colour, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const time = paint("dim", at.toISOString().slice(11, 19));
  switch (event.type) {
    case "handshake": {
      const word = event.verdict === "refuse" ? paint("red", "refused ") : paint("yellow", "observed");
      const from = event.origin === null ? event.address : `${event.address}, page ${plain(event.origin)}`;
      const why = `${event.code} (${event.status}) ${plain(event.path)} from ${from}: ${plain(event.detail)}`;
      return `${time} ${word} ${why} ${hint(event.code, event.incident, paint)}`;
    }
    case "open": {
      const who = event.user === null ? "anonymous" : plain(event.user);
      const from = event.origin === null ? event.address : `${event.address}, page ${plain(event.origin)}`;
      return `${time} ${paint("green", "admitted")} ${plain(event.path)} from ${from} as ${who} ${paint("dim", `[${event.session}]`)}`;
    }
    case "refresh": {
      const until = event.until === null ? "" : `, until ${event.until}`;
      return `${time} ${paint("green", "renewed ")} ${plain(event.user ?? "anonymous")}${until} ${paint("dim", `[${event.session}]`)}`;
    }
    case "decision": {
      const word = paint(
        event.verdict === "observe" || event.verdict === "report" ? "yellow" : "red",
        WORDS[event.verdict],
      );
      return `${time} ${word} ${event.code}: ${plain(event.detail)} ${paint("dim", `[${event.session}]`)} ${hint(event.code, event.incident, paint)}`;
    }
    case "closed": {
      const { inbound, outbound } = event;
      const traffic = `${inbound.messages} messages in, ${outbound.messages} out, ${(event.durationMs / 1000).toFixed(1)} s`;
      return `${time} ${paint("cyan", "closed  ")} ${event.closeCode} by the ${event.closedBy}, ${traffic} ${paint("dim", `[${event.session}]`)}`;
    }
    case "admin": {
      const word = paint(event.status < 400 ? "cyan" : "red", "admin   ");
      const who = event.name === null ? event.address : `${event.name} (${event.role}) from ${event.address}`;
      return `${time} ${word} ${event.method} ${plain(event.path)} by ${who}: ${event.status}, ${plain(event.detail)}`;
    }
    case "finding": {
      const word = paint(event.severity === "low" ? "yellow" : "red", "noticed ");
      const done = event.detail === "" ? "" : `; ${plain(event.detail)}`;
      return `${time} ${word} ${event.detector} (${event.severity}): ${plain(event.sentence)}${done} ${paint("dim", `[incident ${event.incident}]`)}`;
    }
    case "gate": {
      const style = event.level === "info" ? "dim" : event.level === "warn" ? "yellow" : "red";
      const detail = event.detail === undefined ? "" : `: ${plain(event.detail)}`;
      return `${time} ${paint(style, "gate    ")} ${plain(event.message)}${detail}`;
    }
    default:
      return event satisfies never;
  }
}

const WORDS = {
  report: "reported",
  drop: "dropped ",
  replace: "replaced",
  close: "ended   ",
  observe: "observed",
} as const;

function hint(
  code: keyof typeof errors,
  incident: string,
  paint: (style: Colour, text: string) => string,
): string {
  return paint("dim", `[incident ${incident}] ${errors[code].mend}`);
}

/** What a peer wrote must not move the cursor or change colours. */
function plain(text: string): string {
  return text.replace(/[^ -~]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
