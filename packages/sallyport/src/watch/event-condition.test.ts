import { describe, expect, it } from "vitest";
import { eventCondition } from "./event-condition.ts";

const problems = (text: unknown): string[] =>
  eventCondition.safeParse(text).error?.issues.map(({ message }) => message) ?? [];

describe("eventCondition", () => {
  it("accepts conditions over an event", () => {
    expect(problems('event.type == "closed" && event.inbound.bytes > 1000')).toEqual([]);
    expect(problems("event.status >= 400")).toEqual([]);
  });

  it("refuses unknown fields and variables, with their place", () => {
    expect(problems("event.colour == 1")).toEqual([expect.stringContaining("colour")]);
    expect(problems("event.inbound.colour == 1")).toEqual([expect.stringContaining("colour")]);
    expect(problems("message.x == 1")).toEqual(["at 1:1: `message` is not known here: there is `event`"]);
    expect(problems("event.type ==")).toHaveLength(1);
    expect(problems(7)).toEqual(["expected a condition in CEL over `event`"]);
  });

  it("refuses to search one text of a caller in another, and what is no condition", () => {
    expect(problems("event.path.contains(event.origin)")).toEqual([expect.stringContaining("product")]);
    expect(problems('"text"')).toEqual([expect.stringContaining("write a condition")]);
  });
});
