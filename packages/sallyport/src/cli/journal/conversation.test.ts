import { describe, expect, it } from "vitest";

import { NOON, sessionFacts } from "../../../test/journal-fixture.ts";
import type { MessageRecord } from "../../journal/journal-record.ts";
import { Conversation } from "./conversation.ts";
import type { Reading } from "./reading.ts";
import { namedDialect } from "./session-dialect.ts";

function message(facts: Partial<MessageRecord>): MessageRecord {
  return {
    type: "message",
    time: NOON,
    ...sessionFacts(),
    sequence: 1,
    direction: "inbound",
    opcode: "text",
    size: 2,
    verdict: "pass",
    name: null,
    guard: null,
    code: null,
    incident: null,
    payload: "full",
    truncated: false,
    ...facts,
  };
}

function conversation(dialect = "json", colour = false): Conversation {
  const reading = { role: "investigator", reason: "r" } as Reading;
  return new Conversation({
    reading,
    terminal: { colour },
    dialect: () => namedDialect(dialect),
    full: false,
    incident: null,
  });
}

describe("Conversation", () => {
  it("tells what was shed between, who somebody is now, and another day", () => {
    const shown = conversation();
    const show = (facts: Partial<MessageRecord>): string =>
      shown.next({ record: message(facts), frame: 1, position: 0, payload: null });
    expect(show({ sequence: 1 })).toMatch(/^session s1 .*\n2026-11-30\n12:00/);
    expect(show({ sequence: 3 })).toMatch(/^ +… 1 message is not here: the journal shed them\n/);
    expect(show({ sequence: 10 })).toMatch(/^ +… 6 messages are not here/);
    expect(show({ sequence: 11, user: "ben" })).toMatch(/^session s1 .* user ben /);
    expect(show({ sequence: 12, user: "ben", time: NOON + 86_400_000 })).toMatch(/^2026-12-01\n/);
  });

  it("reads what is whole in its dialect, and says where it is not", () => {
    const shown = conversation("json-rpc");
    const show = (text: string, facts: Partial<MessageRecord> = {}): string =>
      shown.next({ record: message(facts), frame: 1, position: 0, payload: Buffer.from(text) });
    const call = '{"jsonrpc":"2.0","id":7,"method":"add","params":[1]}';
    expect(show(call, { sequence: 1 })).toMatch(/\n +call add id 7\n +\{\n +"jsonrpc": "2.0",\n/);
    expect(show(`[${call.replace("7", "8")},${call.replace("7", "9")}]`, { sequence: 2 })).toMatch(
      /call add id 8\n +call add id 9\n/,
    );
    const cut = show('{"jsonrpc"', { sequence: 3, truncated: true });
    expect(cut).toMatch(
      /not read in its dialect: .*\n +\{"jsonrpc"\n +\(it was longer than the journal keeps\)\n/,
    );
    const answer = '{"jsonrpc":"2.0","id":7,"result":{"n":1}}';
    expect(show(answer, { sequence: 4, direction: "outbound" })).toMatch(/result add id 7|result id 7/);
  });

  it("shows the parts of a binary dialect, and as bytes what is none", () => {
    const shown = conversation("mqtt");
    const show = (hex: string, facts: Partial<MessageRecord>): string =>
      shown.next({
        record: message({ opcode: "binary", ...facts }),
        frame: 1,
        position: 0,
        payload: Buffer.from(hex, "hex"),
      });
    expect(show("100d00044d5154540402003c000161", { sequence: 1 })).toMatch(/\n +connect .*/);
    expect(show("20020000", { sequence: 2, direction: "outbound" })).toMatch(/\n +connack/);
    const published = show(`3007000161${Buffer.from("21[0]").subarray(0, 4).toString("hex")}`, {
      sequence: 3,
    });
    expect(published).toMatch(/\n +publish a\n/);
    expect(show("ff00", { sequence: 4 })).toMatch(/not read in its dialect: .*\n +00000000 {2}ff 00 /);
  });

  it("has colours on a terminal only", () => {
    const found = { record: message({}), frame: 1, position: 0, payload: null };
    // eslint-disable-next-line no-control-regex
    expect(conversation("json", true).next(found)).toMatch(/\u001b\[/);
    expect(conversation("json").next(found)).not.toContain("\u001b");
  });
});
