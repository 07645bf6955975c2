import { describe, expect, it } from "vitest";
import { restartReasons, type StartedWith } from "./restart-reasons.ts";

const started: StartedWith = {
  listeners: [
    {
      address: "127.0.0.1",
      port: 8443,
      tls: { kind: "off" },
      trustedProxies: [],
      forwardedHeader: "x-forwarded-for",
      proxyProtocol: false,
      http2: true,
    },
  ],
  admin: { host: "127.0.0.1", port: 9090, tokenFile: null, tokens: [], url: null, oidc: null },
  log: { format: "json", level: "info" },
  journal: {
    directory: "/var/lib/sallyport/journal",
    key: { file: "/etc/sallyport/journal.key" },
    payloadKeys: null,
    payloads: "none",
    whenFull: "shed",
    retain: { ageMs: null, bytes: null },
    checkpoints: null,
  },
  telemetry: { otlp: null, ocsf: null },
};

describe("restartReasons", () => {
  it("finds none where nothing, or only the level of the log, has changed", () => {
    expect(restartReasons(started, structuredClone(started))).toEqual([]);
    expect(restartReasons(started, { ...started, log: { format: "json", level: "debug" } })).toEqual([]);
  });

  it("finds none where the journal keeps more or less of contents, and one where it is another", () => {
    const { journal } = started;
    if (journal === null) throw new Error("unreachable");
    expect(restartReasons(started, { ...started, journal: { ...journal, payloads: "full" } })).toEqual([]);
    const elsewhere = { ...journal, directory: "/mnt/journal" };
    expect(restartReasons(started, { ...started, journal: elsewhere })).toEqual([
      "`journal` has changed: that needs a restart",
    ]);
    expect(restartReasons({ ...started, journal: null }, started)).toHaveLength(1);
  });

  it("names everything that cannot change at once", () => {
    const [listener] = started.listeners;
    const listeners = listener === undefined ? [] : [{ ...listener, trustedProxies: ["10.0.0.0/8"] }];
    expect(
      restartReasons(started, {
        listeners,
        admin: null,
        log: { format: "pretty", level: "info" },
        journal: null,
        telemetry: { otlp: null, ocsf: { file: "/var/log/events.jsonl", most: 1_000_000, keep: 1 } },
      }),
    ).toEqual([
      "`listen` has changed: that needs a restart",
      "`admin` has changed: that needs a restart",
      "`journal` has changed: that needs a restart",
      "`telemetry` has changed: that needs a restart",
      "`log.format` has changed: that needs a restart",
    ]);
    expect(restartReasons({ ...started, admin: null }, started)).toEqual([
      "`admin` has changed: that needs a restart",
    ]);
  });
});
