import { describe, expect, it } from "vitest";
import { isTopicName, parseTopicFilter } from "./mqtt-topic.ts";

describe("isTopicName", () => {
  it("takes what has no wildcard, and at least a character (MQTT 5 4.7.1, 4.7.3)", () => {
    expect(["a", "/", "a/b", "a b", "$SYS/x"].map(isTopicName)).toEqual([true, true, true, true, true]);
    expect(["", "#", "a/+", "a+", "a#"].map(isTopicName)).toEqual([false, false, false, false, false]);
  });
});

describe("parseTopicFilter", () => {
  it.each(["a", "/", "a/b", "#", "+", "+/+", "a/#", "a/+/b", "/#", "$SYS/#"])("reads %s", (filter) => {
    expect(parseTopicFilter(filter)).toEqual({ topics: filter, share: null });
  });

  it("reads shared subscriptions as the filter that they share (MQTT 5 4.8.2)", () => {
    expect(parseTopicFilter("$share/group/a/+/#")).toEqual({ topics: "a/+/#", share: "group" });
    expect(parseTopicFilter("$share/g/$share/g/a")).toEqual({ topics: "$share/g/a", share: "g" });
  });

  it.each([
    "",
    "a#",
    "#/a",
    "a/#/b",
    "a+",
    "+a/b",
    "##",
    "$share/",
    "$share/a",
    "$share//a",
    "$share/+/a",
    "$share/a/",
  ])("refuses %j", (filter) => {
    expect(parseTopicFilter(filter)).toBeNull();
  });
});
