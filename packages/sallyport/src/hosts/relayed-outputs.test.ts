import { describe, expect, it } from "vitest";
import { everyEvent } from "../../test/every-event.ts";
import type { GateEvent } from "../events.ts";
import { createAlerts, createTelemetry } from "../policy/output-config.ts";
import type { OutputPolicy } from "../policy/output-policy.ts";
import { relayedOutputs, type SendEvents } from "./relayed-outputs.ts";
import type { TimedEvent } from "./telemetry/otlp-records.ts";

const none: OutputPolicy = { alerts: [], telemetry: { otlp: null, ocsf: null } };
const toFile: OutputPolicy = {
  ...none,
  telemetry: createTelemetry({ ocsf: { file: "/nowhere", most: 65_536, keep: 0 } }, {}),
};
const webhook = { url: "https://h", format: "generic", timeout: 1, unsafeAllowPlaintext: false } as const;
const alerts = createAlerts([{ webhook, minSeverity: "low", group: 0, atMost: 1, retryFor: 0 }]).map(
  (alert) => Object.assign(alert, { secret: null, headers: [] }),
);

function relay(
  policy: OutputPolicy,
  more: { readonly send?: SendEvents } = {},
): { outputs: ReturnType<ReturnType<typeof relayedOutputs>>; sent: TimedEvent[]; told: GateEvent[] } {
  const [sent, told]: [TimedEvent[], GateEvent[]] = [[], []];
  const send: SendEvents = async (events) => void sent.push(...events);
  const open = relayedOutputs(more.send ?? send);
  const emit = (event: (typeof everyEvent)[number]): void => void (event.type === "gate" && told.push(event));
  return { outputs: open(policy, { version: "1", emit }), sent, told };
}

describe("relayedOutputs", () => {
  it("hands every event over, in order, with when it happened", async () => {
    const { outputs, sent } = relay(toFile);
    const begun = Date.now();
    for (const event of everyEvent) outputs.take(event);
    outputs.takeAll([{ event: { type: "gate", level: "info", message: "last" }, at: 7 }]);
    await outputs.close();
    expect(sent.slice(0, -1).map(({ event }) => event)).toEqual(everyEvent);
    expect(sent.at(-1)?.at).toBe(7);
    expect(sent[0]?.at).toBeGreaterThanOrEqual(begun);
  });

  it("hands over only what an alert may tell where there is nothing but alerts, and nothing where there are none", async () => {
    const { outputs, sent } = relay(none);
    for (const event of everyEvent) outputs.take(event);
    expect(sent).toEqual([]);
    outputs.setAlerts(alerts);
    for (const event of everyEvent) outputs.take(event);
    await outputs.close();
    const kinds = sent.map(({ event }) => (event.type === "gate" ? event.level : event.type));
    expect(new Set(kinds)).toEqual(new Set(["finding", "error"]));
  });

  it("holds 8,192 while the other process does not answer, and tells exactly what was lost", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { outputs, told } = relay(toFile, { send: () => promise });
    const [event] = everyEvent;
    if (event === undefined) throw new Error("unreachable");
    for (let index = 0; index < 9000; index++) outputs.take(event);
    resolve();
    await outputs.close();
    expect(told).toMatchObject([
      { message: "events of a worker were lost", detail: "808, faster than the other process took them" },
    ]);
  });

  it("ends with the other process", async () => {
    const { outputs } = relay(toFile, { send: () => Promise.reject(new Error("it has gone")) });
    for (const event of everyEvent) outputs.take(event);
    await expect(outputs.close()).resolves.toBeUndefined();
  });
});
