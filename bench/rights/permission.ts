import type {
  ConnectionFacts,
  ConnectionGuard,
  GuardServices,
  Message,
} from "../../packages/sallyport/src/guards/guard.ts";
import { permission } from "../../packages/sallyport/src/guards/permission.ts";

import { inTurns } from "./in-turns.ts";

const ROUNDS = 15;
const PER_ROUND = 50_000;

const value = {
  type: "join",
  room: "room-7",
  id: "0f8fad5b-d9cb-469f-a165-70867728950e",
  sentAt: "2026-11-22T10:00:00Z",
  user: { name: "Ann Example", avatar: "https://cdn.example.com/a.png", tags: ["a", "b", "c"] },
  text: "x".repeat(144),
  priority: 42,
  flags: { silent: false, urgent: true },
};
const text = JSON.stringify(value);

const rules: Readonly<Record<string, { readonly when?: string; readonly allow: string }>> = {
  "one condition": { allow: 'message.type == "join"' },
  "three conditions": {
    when: 'message.type == "join"',
    allow: "message.room in identity.claims.rooms && message.priority < 100",
  },
  "three conditions, one a pattern": {
    when: 'message.type == "join"',
    allow: 'message.room in identity.claims.rooms && message.id.matches("^[0-9a-f-]{36}$")',
  },
  "a list macro": { allow: 'message.user.tags.all(tag, tag != "banned")' },
};

const facts: ConnectionFacts = {
  session: "bench",
  address: "127.0.0.1",
  identity: {
    provider: "jwt",
    user: "ann",
    issuer: "https://id.example.com",
    tenant: null,
    claims: { rooms: ["room-1", "room-2", "room-7"] },
    expiresAt: null,
    credential: "authorization",
  },
  request: {
    path: "/chat",
    host: "localhost",
    origin: null,
    secure: true,
    subprotocol: null,
    listener: { loopback: true, secure: true, port: 443, names: [] },
  },
  refreshable: false,
  wallNow: 0,
  now: 0,
};

const message: Message = {
  direction: "inbound",
  opcode: 1,
  size: text.length,
  bytes: () => new Uint8Array(0),
  text: () => text,
  json: () => value,
  parts: () => null,
  fault: () => null,
};

function connectionUnder(rule: object): ConnectionGuard {
  const options = permission.options.parse({ otherwise: "deny", rules: [rule] });
  // The guard uses no service.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const guard = permission.create(options, {} as GuardServices);
  if (guard instanceof Promise || guard.open === undefined) throw new TypeError("the guard does not open");
  return guard.open(facts, { wake: () => undefined });
}

/** What one rule costs. */
export interface RuleCost {
  readonly name: string;
  /** Beside `JSON.parse` of the same message. */
  readonly ratio: number;
  readonly microseconds: number;
}

const parse = (): unknown => JSON.parse(text);

/**
 * What a permission rule costs beside what reading the message costs anyway: `JSON.parse` of the same message. In one process,
 * taking turns; CPU time, user and system.
 */
export function measureRules(): readonly RuleCost[] {
  return Object.entries(rules).map(([name, rule]) => {
    const connection = connectionUnder(rule);
    const decide = (): unknown => connection.message?.(message, 0);
    if (connection.message?.(message, 0).verdict !== "pass")
      throw new Error(`${name}: the rule does not let pass`);
    const { ratio, microseconds } = inTurns({ rounds: ROUNDS, calls: PER_ROUND }, decide, parse);
    return { name, ratio, microseconds };
  });
}
