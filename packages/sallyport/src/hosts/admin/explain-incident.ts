import { errors } from "../../errors.ts";
import type { DecisionEvent, FindingEvent, HandshakeEvent } from "../../events.ts";
import type { Explanation } from "../dashboard/explanation-message.ts";
import { allowingLine } from "./allowing-line.ts";

/** What is known under an incident's id. */
export type KnownIncident = { readonly at: string; readonly undoneAt?: string | null } & (
  | HandshakeEvent
  | DecisionEvent
  | FindingEvent
);

/** Explains an incident in a sentence, with its rule, its value, and the line of the configuration that would allow it. */
export function explainIncident(event: KnownIncident): Explanation {
  return event.type === "finding" ? explainFinding(event) : explainDecision(event);
}

function explainDecision(event: KnownIncident & (HandshakeEvent | DecisionEvent)): Explanation {
  const { incident, at, type, verdict, guard, code, detail, route, address, user } = event;
  const { message, mend } = errors[code];
  return {
    incident,
    at,
    type,
    verdict,
    guard,
    code,
    sentence: `${type === "handshake" ? handshakeClause(event) : decisionClause(event)}: ${message}`,
    // The first key that the registry names is the one that decided.
    rule: /`([a-zA-Z]+(?:\.[a-zA-Z]+)*)(?::[^`]*)?`/.exec(mend)?.[1] ?? null,
    value: detail,
    mend,
    allow: allowingLine(event),
    route,
    address,
    user,
    session: type === "decision" ? event.session : null,
    origin: type === "handshake" ? event.origin : null,
    severity: null,
    done: null,
    isUndoable: false,
    references: [],
  };
}

function handshakeClause({ verdict, user, address, path, origin, status }: HandshakeEvent): string {
  const who = user === null ? `Somebody at ${address}` : `${user}, at ${address},`;
  const page = origin === null ? "" : ` on a page of ${origin}`;
  const outcome = verdict === "refuse" ? `was refused (${status})` : `would have been refused (${status})`;
  return `${who}${page} asked for ${path} and ${outcome}`;
}

const OUTCOMES = {
  drop: "was dropped",
  replace: "was changed before it went on",
  report: "passed and was reported",
  observe: "passed, and would not have if the guard did more than observe",
} as const;

function decisionClause({ verdict, user, address, route, direction, code }: DecisionEvent): string {
  const who = `${user ?? "somebody"}, at ${address},`;
  const message = direction === "outbound" ? `A message to ${who}` : `A message from ${who}`;
  if (verdict !== "close")
    return `${direction === null ? `The connection of ${who}` : message} on ${route} ${OUTCOMES[verdict]}`;
  const { close } = errors[code];
  const over = direction === null ? "" : `, over a message ${direction === "inbound" ? "from" : "to"} it`;
  return `The connection of ${who} on ${route} was closed${close === null ? "" : ` (${close})`}${over}`;
}

const NOT_DONE = {
  observe: "nothing: the watch observes",
  spared: "nothing: the subject is left alone",
} as const;

function explainFinding(event: KnownIncident & FindingEvent): Explanation {
  const { incident, at, detector, sentence, subject, route, address, user, session } = event;
  const { severity, answer, outcome, detail, references, undoneAt = null } = event;
  const about = (kind: string, known: string | null): string | null =>
    known ?? (subject.kind === kind ? subject.value : null);
  const did = outcome === "observe" || outcome === "spared" ? NOT_DONE[outcome] : `${answer}, ${outcome}`;
  const done = `${did}${detail === "" ? "" : `: ${detail}`}`;
  return {
    incident,
    at,
    type: "finding",
    verdict: "alert",
    guard: "watch",
    code: detector,
    sentence,
    rule: `watch.detectors.${detector}`,
    value: Object.entries(event.measured)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
    mend: "Where this is as it should be, write whom it is about into `watch.allow` or `watch.allowUsers`, or change the answer of its detector.",
    allow: findingLine(event),
    route: about("route", route),
    address: about("address", address),
    user: about("user", user),
    session: about("session", session),
    origin: null,
    severity,
    done: undoneAt === null ? done : `${done}; taken back at ${undoneAt}`,
    isUndoable: undoneAt === null && outcome === "done" && answer !== "alert",
    references,
  };
}

function findingLine({ subject: { kind, value } }: FindingEvent): Explanation["allow"] {
  const where = "`watch`";
  if (kind === "address") return { where, line: `allow: [${JSON.stringify(value)}]` };
  if (kind === "user") return { where, line: `allowUsers: [${JSON.stringify(value)}]` };
  return null;
}
