import type { HostName } from "../../sallyport/test/hosts/guarded-server.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import { tokenOf } from "./allow-tokens.ts";

/** A guard of the gate, and what a scan finds where it is off. */
export interface GuardCase {
  readonly guard: string;
  /** What stands behind the gate: a weakness of the application, or a server of a dialect. Default: it trusts everybody. */
  readonly application?: "echo" | "credulous" | "talkative" | "graphql" | "json-rpc" | "mqtt";
  /** Options of the route in both scans, besides those of `guarded`. */
  readonly route?: Readonly<Record<string, unknown>>;
  /** Options in their place where the guard is off. */
  readonly off: Readonly<Record<string, unknown>>;
  /** The checks that find something then, and no others; where the guard is on nothing is found. */
  readonly finds: readonly string[];
  /** Hosts through which it is not tried, or has nothing to find. */
  readonly leavesOut?: readonly HostName[];
  /** It can be told only on what takes half a minute: the scan runs what waits in the background as well. */
  readonly waits?: boolean;
  /** The session is ended at `--logout-url`. */
  readonly logsOut?: boolean;
  readonly settings?: Partial<ScanSettings>;
}

/** The origin of the application's own pages. */
export const OWN = "https://app.example.com";
/** The file with the secret of the tokens, and the secret. */
export const SECRET_FILE = "secret.key";
export const SECRET = "3b9f0c6d1e5a4f7c8a2b6d0e9c1f3a5b";

/** What the examples' policies have, as far as it can be seen from outside. The scanner comes from one address, faster than clients do. */
export const guarded: Readonly<Record<string, unknown>> = {
  identity: "anonymous",
  origin: { allow: [OWN] },
  subprotocol: { allow: ["chat.v1"] },
  messageSize: { inbound: "64KiB", outbound: "1MiB" },
  messageRate: { perConnection: "50/s" },
  threat: {},
  connectionLimit: { handshakesPerAddress: "2000/s" },
};

const issuer = "https://id.example.com";
const now = Math.floor(Date.now() / 1000);
const claims = { iss: issuer, aud: "scan", iat: now, exp: now + 3600 };
const withToken: Partial<ScanSettings> = {
  credentials: [["Authorization", `Bearer ${tokenOf({ secret: SECRET, claims })}`]],
};
const byToken = {
  identity: { jwt: { issuer, audience: "scan", secretFile: SECRET_FILE } },
  // The token stands in a header, as programs send it: a page would use a ticket.
  ticket: "off",
} as const;
/** It stands before a library with a server of its own, as the examples' policies do inside of theirs. */
const ITS_OWN_SERVER: readonly HostName[] = ["attach", "listen"];
const messages = ["loses-large-numbers", "pollutes-prototypes", "relays-markup"];

/** Every guard whose absence can be told from outside. The table of docs/checks/guards.md agrees with it. */
export const guardCases: readonly GuardCase[] = [
  {
    guard: "origin",
    off: { origin: { mode: "observe", allow: [OWN] } },
    finds: ["accepts-foreign-origin"],
  },
  {
    guard: "subprotocol",
    off: { subprotocol: { mode: "observe", allow: ["chat.v1"] } },
    finds: ["echoes-unknown-subprotocol"],
  },
  {
    guard: "connectionLimit",
    off: { connectionLimit: "off" },
    finds: ["no-connection-limit"],
  },
  {
    guard: "identity",
    route: byToken,
    off: { identity: "anonymous" },
    finds: ["no-authentication"],
    settings: withToken,
  },
  {
    guard: "ticket",
    route: { ...byToken, ticket: "require" },
    off: { ticket: { use: "require", mode: "observe" } },
    finds: ["accepts-missing-ticket"],
    settings: { ...withToken, ticket: { url: null, field: "ticket", parameter: null } },
  },
  {
    guard: "messageSize",
    // The limits of frames in a second would end a flood of fragments as well.
    route: { messageRate: "off", compression: "inspect" },
    off: { messageSize: { inbound: "1GiB", fragments: 1_000_000, ratio: 100_000 } },
    finds: ["no-decompression-limit", "no-fragment-limit", "no-message-size-limit"],
  },
  {
    guard: "messageRate",
    off: { messageRate: "off" },
    finds: ["no-message-rate-limit", "no-ping-rate-limit"],
  },
  {
    guard: "dialect",
    application: "json-rpc",
    leavesOut: ITS_OWN_SERVER,
    route: { dialect: "json-rpc" },
    off: { dialect: "off" },
    finds: ["json-rpc-no-batch-limit"],
  },
  {
    guard: "dialect",
    application: "graphql",
    leavesOut: ITS_OWN_SERVER,
    route: {
      subprotocol: { allow: ["graphql-transport-ws"] },
      dialect: "graphql-transport-ws",
      permission: {
        otherwise: "allow",
        rules: [
          {
            name: "introspection",
            when: 'message.kind == "subscribe" && message.data.fields.exists(f, f == "__schema")',
            allow: "false",
          },
        ],
      },
    },
    off: { dialect: "off", permission: "off" },
    finds: ["graphql-allows-introspection", "graphql-no-alias-limit", "graphql-no-depth-limit"],
    settings: { subprotocols: ["graphql-transport-ws"] },
  },
  {
    guard: "permission",
    application: "mqtt",
    leavesOut: ITS_OWN_SERVER,
    route: {
      ...byToken,
      subprotocol: { allow: ["mqtt"] },
      dialect: "mqtt",
      permission: {
        otherwise: "allow",
        rules: [
          {
            name: "name",
            when: 'message.kind == "connect"',
            allow: "message.data.username == identity.user",
          },
          {
            name: "own",
            when: 'message.kind == "subscribe"',
            allow: 'message.name.startsWith(identity.user + "/")',
          },
        ],
      },
    },
    off: { permission: "off" },
    finds: ["mqtt-subscribes-to-everything"],
    settings: { ...withToken, subprotocols: ["mqtt"] },
  },
  {
    guard: "threat",
    application: "credulous",
    off: { threat: "off" },
    finds: messages,
  },
  {
    guard: "messageSchema",
    application: "credulous",
    route: { threat: "off", messageSchema: { inbound: "message.schema.json" } },
    off: { messageSchema: "off" },
    finds: messages,
  },
  {
    guard: "leak",
    application: "talkative",
    route: { leak: { action: "redact" } },
    off: { leak: "off" },
    finds: ["discloses-internals", "discloses-stack-traces", "sends-secrets"],
  },
  {
    guard: "revocation",
    route: byToken,
    off: { revocation: "off" },
    finds: ["accepts-ended-session", "outlives-logout"],
    logsOut: true,
    settings: withToken,
  },
  {
    guard: "heartbeat",
    route: { heartbeat: { interval: "1s" } },
    off: { heartbeat: "off" },
    finds: ["no-heartbeat", "no-unfinished-message-timeout"],
    waits: true,
    settings: { idleMs: 3000 },
  },
  {
    guard: "slowConsumer",
    // The application is not told the next message while its answers wait: without the guard, too, nothing grows.
    leavesOut: ["listen"],
    // By default what is not read may wait for half a minute, which is longer than a scan looks.
    route: { messageRate: "off", slowConsumer: { bytes: "64KiB", after: "1s" } },
    off: { slowConsumer: "off" },
    finds: ["no-slow-reader-limit"],
    settings: { patienceMs: 2000 },
  },
];

/** The schema of the route of `messageSchema`. */
export const MESSAGE_SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["type"],
  properties: { type: { const: "message" }, text: { type: "string", maxLength: 100, pattern: "^[^<>]*$" } },
} as const;
