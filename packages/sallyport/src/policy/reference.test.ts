import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { GuardDefinition } from "../guards/guard.ts";
import { duration } from "../quantity.ts";
import { builtInGuards } from "./built-in-guards.ts";
import { createJsonSchema, createReference } from "./reference.ts";

const entries = createReference(builtInGuards);
const entry = (key: string): unknown => entries.find((one) => one.key === key);

describe("createReference", () => {
  it("knows type, default and unit of a key", () => {
    expect(entry("routes[].heartbeat.interval")).toMatchObject({
      type: "duration",
      default: "30s",
      unit: "duration",
      required: false,
    });
    expect(entry("routes[].messageSize.inbound")).toMatchObject({ default: "1MiB", unit: "size" });
    expect(entry("routes[].identity")).toMatchObject({ default: null, required: true, unit: null });
    expect(entry("listen[].tls")).toMatchObject({ type: "`development` or `off` or mapping" });
    expect(entry("routes[].origin.allow")).toMatchObject({ type: "list of strings" });
  });

  it("describes every key", () => {
    expect(entries.length).toBeGreaterThan(60);
    expect(entries.filter(({ description }) => description === "")).toEqual([]);
  });

  it("has each key once", () => {
    expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
  });

  it("finds a default that a guard gives as a number", () => {
    const guard: GuardDefinition<unknown> = {
      name: "sample",
      phases: ["timer"],
      stops: "nothing",
      options: z.strictObject({ after: duration.default(5000).describe("When.") }),
      create: () => ({ name: "sample", mode: "enforce" }),
    };
    const found = createReference([guard]).find(({ key }) => key === "routes[].sample.after");
    expect(found).toMatchObject({ default: "5s", required: false });
  });
});

describe("createJsonSchema", () => {
  it("refuses unknown keys everywhere, as the gate does", () => {
    const text = JSON.stringify(createJsonSchema(builtInGuards));
    expect(text.match(/"type":"object"/g)).toHaveLength(
      // A mapping that takes any name, or listed names, says what stands under it.
      text.match(/"additionalProperties":(?:false|\{)/g)?.length ?? 0,
    );
  });
});
