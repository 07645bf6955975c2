import { describe, expect, it } from "vitest";
import { builtInGuards } from "./built-in-guards.ts";
import { nowhere } from "./config-document.ts";
import { defineConfig, type ConfigInput } from "./define-config.ts";
import type { StateInput } from "./state-input.ts";
import { resolveConfig } from "./load-config.ts";
import { createReference } from "./reference.ts";

// Every key there is, but for those that exclude each other: the type and the schema must agree on all of them.
const everything: ConfigInput = defineConfig({
  version: 1,
  listen: [
    {
      address: "127.0.0.1:0",
      tls: "development",
      unsafeAllowPlaintext: false,
      trustedProxies: ["10.0.0.0/8"],
      forwardedHeader: "forwarded",
      proxyProtocol: true,
      http2: false,
    },
    {
      address: "0.0.0.0:443",
      tls: {
        acme: {
          domains: ["app.example.com"],
          email: "ann@example.com",
          directory: "staging",
          directoryCa: import.meta.filename,
          challenge: "http-01",
          challengeAddress: "0.0.0.0:80",
          storage: "certificates",
        },
      },
    },
  ],
  admin: {
    address: "127.0.0.1:0",
    tokenFile: "admin.token",
    tokens: [{ name: "grafana", role: "viewer", tokenFile: "grafana.token" }],
    url: "https://gate.example.com",
    oidc: {
      issuer: "https://id.example.com",
      clientId: "gate",
      clientSecretFile: import.meta.filename,
      roleClaim: "groups",
      roles: { staff: "viewer" },
      scope: ["profile"],
      life: "1h",
      recheck: "60s",
    },
  },
  state: {
    redis: {
      sentinel: { primary: "mymaster", urls: ["redis://127.0.0.1:26379"] },
      prefix: "chat",
      timeout: "500ms",
      lease: "20s",
      key: Buffer.alloc(32, "0123456789").toString("base64"),
    },
  },
  alerts: [
    {
      webhook: {
        url: "https://hooks.example.com/x",
        format: "template",
        template: '{ "text": "{{text}}" }',
        timeout: "5s",
        unsafeAllowPlaintext: false,
      },
      minSeverity: "high",
      detectors: ["handshakeScan"],
      group: "2m",
      atMost: "30/h",
      retryFor: "5m",
    },
  ],
  telemetry: {
    otlp: {
      endpoint: "http://127.0.0.1:4318",
      environment: true,
      logs: true,
      traces: true,
      traceContext: "restart",
      unsafeAllowPlaintext: false,
    },
    ocsf: { file: "events.ocsf.jsonl", most: "10MiB", keep: 3 },
  },
  watch: {
    mode: "observe",
    allow: ["10.0.0.0/8"],
    allowUsers: ["ops"],
    ban: { first: "10m", most: "24h", decay: "24h" },
    slow: { to: "1/s", for: "10m" },
    learn: "1h",
    quiet: "10m",
    findings: 60,
    keys: 1024,
    detectors: { handshakeScan: { severity: "high", answer: "ban", kinds: 2 }, credentialStuffing: "off" },
    rules: [
      {
        name: "many-orders",
        when: 'event.type == "decision"',
        by: "user",
        count: 20,
        within: "1m",
        severity: "high",
        answer: "close",
        say: "too many invalid orders",
      },
    ],
  },
  journal: {
    directory: "journal",
    key: Buffer.alloc(32, "0123456789").toString("base64"),
    payloadKeys: "payload-keys",
    payloads: "digest",
    whenFull: "block",
    retain: { age: "30d", size: "50GiB" },
    checkpoints: "checkpoints",
  },
  log: { format: "json", level: "warn" },
  defaults: { http: "forward" },
  routes: [
    {
      path: "/",
      host: ["app.example.com"],
      upstream: { url: "ws://127.0.0.1:3000", timeout: "3s" },
      http: "refuse",
      compression: "off",
      journal: { payloads: "redacted", sample: 0.5 },
      ticket: {
        mode: "enforce",
        use: "require",
        life: "10s",
        heartbeat: { interval: "30s", timeout: "10s", message: "ping", answer: "pong" },
      },
      firewall: { mode: "observe", allow: ["10.0.0.0/8"], deny: ["10.0.0.1"] },
      connectionLimit: {
        mode: "enforce",
        total: 1,
        perAddress: 1,
        perUser: 1,
        handshakesPerAddress: "1/s",
        authenticateWithin: "1s",
      },
      origin: { mode: "enforce", allow: ["https://app.example.com"], unsafeAllowMissing: false },
      subprotocol: { mode: "enforce", allow: ["chat"], required: true },
      identity: {
        mode: "enforce",
        jwt: {
          issuer: "https://id.example.com",
          audience: ["chat"],
          jwks: "https://id.example.com/jwks.json",
          algorithms: ["ES256"],
          typ: "at+jwt",
          cookie: "token",
          unsafeQueryParameter: "token",
          clockTolerance: "1s",
          maxLifetime: "1h",
          requiredClaims: ["rooms"],
          userClaim: "sub",
          tenantClaim: "tenant",
          keepKeys: "1h",
          backchannelLogout: { clientId: "chat-app", typ: "logout+jwt" },
          strip: true,
          unsafeAllowNoExpiry: false,
          unsafeAllowPlaintextJwks: false,
        },
        introspection: {
          endpoint: "https://id.example.com/introspect",
          issuer: "https://id.example.com",
          clientId: "gate",
          // Any file that is there.
          clientSecretFile: import.meta.filename,
          audience: "chat",
          cache: "30s",
          recheck: "60s",
          userClaim: "sub",
          tenantClaim: "tenant",
          cookie: "token",
          unsafeQueryParameter: "token",
          strip: true,
        },
        mutualTls: { user: "uri", issuers: ["CN=Devices,O=Example"] },
        session: {
          url: "https://app.example.com/session",
          cookie: ["sid"],
          timeout: "5s",
          user: "/user",
          expiresAt: "/expiresAt",
          claims: "/claims",
          tenant: "/tenant",
          recheck: "60s",
          cache: "0s",
          unsafeAllowPlaintext: false,
        },
      },
      messageSize: {
        mode: "enforce",
        inbound: "1KiB",
        outbound: "1KiB",
        fragments: 10,
        opcodes: "text",
        finishWithin: "1s",
        stream: false,
        ratio: 100,
      },
      dialect: {
        mode: "enforce",
        operations: 10,
        json: { name: "/type", id: "/id" },
        "json-rpc": { batch: 5, pending: 5, nameLength: 64 },
        "graphql-transport-ws": { depth: 5, cost: 50, tokens: 500, pending: 5, nameLength: 64 },
        "socket.io": { attachments: 1, namespaces: 1, pending: 5, nameLength: 64 },
        mqtt: { packet: "1KiB", batch: 5, aliases: 1, pending: 5, nameLength: 64 },
        text: {},
        binary: {},
      },
      messageRate: {
        rules: [{ name: "joins", when: 'message.kind == "join"', rate: "1/s", burst: 2 }],
        mode: "enforce",
        perConnection: "1/s",
        perUser: "1/s",
        bytesPerConnection: "1MiB/s",
        burst: 5,
      },
      threat: {
        mode: "enforce",
        hygiene: {
          depth: 8,
          keys: 100,
          elements: 100,
          keyLength: 64,
          strings: 1000,
          duplicates: true,
          prototype: true,
          numbers: true,
          surrogates: true,
          control: true,
          bom: true,
          json: "require",
        },
        signatures: { script: true, sql: true, shell: true, path: true, template: true, ssrf: false },
        paranoia: 2,
        threshold: 5,
        characters: 10_000,
        exclude: [{ field: "/code", signatures: ["shell"] }],
        sanitize: ["/text"],
      },
      messageToken: { mode: "enforce", pointer: "/token", expect: { claim: "sid" }, strip: true },
      messageSchema: {
        mode: "enforce",
        asyncapi: { document: import.meta.filename, channel: "chat", describes: "application" },
        unnamed: ["ack"],
        depth: 8,
      },
      leak: {
        mode: "enforce",
        action: "redact",
        detect: ["card", "errors"],
        patterns: [{ name: "staff", pattern: "EMP-[0-9]{6}", action: "report" }],
        dictionaries: [{ name: "projects", words: ["bluebird"], action: "report" }],
        canaries: ["a-value-of-our-own"],
        scope: { names: ["receipt"], fields: ["/a"], except: ["/b"] },
      },
      permission: {
        mode: "enforce",
        otherwise: "deny",
        rules: [
          {
            name: "own rooms",
            when: 'message.type == "join"',
            allow: "message.room in identity.claims.rooms",
            direction: "inbound",
          },
        ],
        unsafeAllowUnreadable: false,
      },
      expiry: { mode: "enforce", window: "1s", grace: "1s" },
      revocation: { mode: "enforce", onOutage: "refuse", outageAfter: "10s" },
      heartbeat: { mode: "enforce", interval: "10s", missed: 1, idle: false, life: "1h" },
      slowConsumer: { mode: "enforce", bytes: "1MiB", after: "1s", policy: "drop" },
    },
    {
      path: "/b",
      upstream: "ws://127.0.0.1:1",
      identity: "anonymous",
      messageSchema: { inbound: import.meta.filename, outbound: import.meta.filename },
    },
  ],
});

/** Whose keys are of the other parts, or of whoever writes it. */
const NAMED_BY_OTHERS = new Set(["defaults", "admin.oidc.roles"]);

/** Of an engine's places one is written. */
const otherStates: readonly StateInput[] = [
  "memory",
  "redis://127.0.0.1:6379",
  { redis: { url: "valkeys://gate:secret@127.0.0.1:6380/2" } },
  { redis: { cluster: ["redis://127.0.0.1:7000", "redis://127.0.0.1:7001"] } },
];

function keysOf(value: unknown, prefix = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => keysOf(entry, `${prefix}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return NAMED_BY_OTHERS.has(path) ? [path] : [path].concat(keysOf(entry, path));
  });
}

describe("defineConfig", () => {
  it("types only keys that the schema takes", async () => {
    const document = { file: null, base: "/", value: everything, locate: () => nowhere };
    // Attached: a listener that asks for certificates needs files.
    expect(await resolveConfig(document, { attached: true })).toMatchObject({ ok: true, warnings: [] });
    for (const state of otherStates)
      expect(
        await resolveConfig({ ...document, value: { ...everything, state } }, { attached: true }),
      ).toMatchObject({ ok: true });
  });

  it("types every key that the schema takes, but for files", () => {
    const known = createReference(builtInGuards).map(({ key }) => key);
    // What detectors take is theirs to say, and not typed.
    const files = /(?:File|certificate|\.key|profile|clientCa|\.ca)$|^watch\.detectors\./;
    expect(known.filter((key) => !files.test(key)).toSorted()).toEqual(
      [...new Set([everything, ...otherStates.map((state) => ({ state }))].flatMap((one) => keysOf(one)))]
        .filter((key) => !files.test(key))
        .toSorted(),
    );
  });
});
