import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { GateEvent } from "../events.ts";
import { createEventLog } from "./event-log.ts";

const told = (level: GateEvent["level"]): GateEvent => ({
  type: "gate",
  level,
  message: `a word of ${level}`,
});

describe("createEventLog", () => {
  it.each(["json", "pretty"] as const)(
    "leaves out what is below its level, which may change: %s",
    (format) => {
      const stream = new PassThrough();
      const log = createEventLog({ format, level: "warn" }, stream);
      log.take(told("info"));
      log.take(told("warn"));
      log.setLevel("info");
      log.take(told("info"));
      log.setLevel("error");
      log.take(told("warn"));
      log.take(told("error"));
      const lines = String(stream.read()).trimEnd().split("\n");
      expect(lines.map((line) => /a word of (\w+)/.exec(line)?.[1])).toEqual(["warn", "info", "error"]);
    },
  );

  it("writes the worker's number on every line where there are several", () => {
    const stream = new PassThrough();
    createEventLog({ format: "json", level: "info", worker: 3 }, stream).take(told("info"));
    expect(JSON.parse(String(stream.read()))).toMatchObject({ worker: 3, event: "gate", level: "info" });
  });

  it("writes what the admin API was used for, and what it refused as a warning", () => {
    const stream = new PassThrough();
    const log = createEventLog({ format: "json", level: "info" }, stream);
    const call = { type: "admin", role: null, address: "192.0.2.1", method: "GET", path: "/bans" } as const;
    log.take({ ...call, name: "ops", status: 200, detail: "3 bans" });
    log.take({ ...call, name: null, status: 401, detail: "the token is not right" });
    const lines = String(stream.read()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        level: "info",
        event: "admin",
        name: "ops",
        path: "/bans",
        msg: "admin call",
      }),
      expect.objectContaining({ level: "warn", event: "admin", name: null, msg: "admin call refused" }),
    ]);
  });
});
