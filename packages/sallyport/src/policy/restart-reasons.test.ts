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
  admin: { host: "127.0.0.1", port: 9090, tokenFile: null, tokens: [] },
  log: { format: "json", level: "info" },
};

describe("restartReasons", () => {
  it("finds none where nothing, or only the level of the log, has changed", () => {
    expect(restartReasons(started, structuredClone(started))).toEqual([]);
    expect(restartReasons(started, { ...started, log: { format: "json", level: "debug" } })).toEqual([]);
  });

  it("names everything that cannot change at once", () => {
    const [listener] = started.listeners;
    const listeners = listener === undefined ? [] : [{ ...listener, trustedProxies: ["10.0.0.0/8"] }];
    expect(
      restartReasons(started, { listeners, admin: null, log: { format: "pretty", level: "info" } }),
    ).toEqual([
      "`listen` has changed: that needs a restart",
      "`admin` has changed: that needs a restart",
      "`log.format` has changed: that needs a restart",
    ]);
    expect(restartReasons({ ...started, admin: null }, started)).toEqual([
      "`admin` has changed: that needs a restart",
    ]);
  });
});
