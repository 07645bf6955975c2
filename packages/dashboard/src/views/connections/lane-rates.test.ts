import { describe, expect, it } from "vitest";

import { viewOfOpened } from "../../api/session-view.ts";
import { ratesBetween } from "./lane-rates.ts";

const session = viewOfOpened({
  at: 0,
  type: "open",
  session: "s",
  route: "/",
  address: "::1",
  user: null,
  path: "/",
  origin: null,
  subprotocol: null,
});
const later = {
  ...session,
  inbound: { messages: 10, bytes: 400 },
  outbound: { messages: 4, bytes: 100 },
};

describe("ratesBetween", () => {
  it("are per second", () => {
    expect(ratesBetween({ at: 0, session }, { at: 2000, session: later })).toEqual({
      at: 2000,
      messagesIn: 5,
      messagesOut: 2,
      bytesIn: 200,
      bytesOut: 50,
    });
  });

  it("are never less than nothing, and not told of too short a time", () => {
    expect(ratesBetween({ at: 0, session: later }, { at: 2000, session })?.bytesIn).toBe(0);
    expect(ratesBetween({ at: 0, session }, { at: 100, session: later })).toBeNull();
  });
});
