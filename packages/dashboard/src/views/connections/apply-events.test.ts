import { describe, expect, it } from "vitest";

import type { SeenEvent } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { viewOfOpened } from "../../api/session-view.ts";
import { applyEvents, type EventsToApply } from "./apply-events.ts";
import { filterOf } from "./filter.ts";

const opened = (session: string, user: string | null, at = 0): Extract<SeenEvent, { type: "open" }> => ({
  at,
  type: "open",
  session,
  route: "/chat",
  address: "203.0.113.7",
  user,
  path: "/chat",
  origin: null,
  subprotocol: null,
});
const lane = { messages: 0, bytes: 0 };
const closed = (session: string): SeenEvent => ({
  at: 9,
  type: "closed",
  session,
  route: "/chat",
  address: "203.0.113.7",
  user: null,
  closeCode: 1000,
  closedBy: "client",
  durationMs: 1,
  inbound: lane,
  outbound: lane,
});
const rows = ["ann", "ben", "mia"].map((user) =>
  Object.assign(viewOfOpened(opened(user, user)), { policy: "loaded" }),
);
const apply = (
  events: readonly SeenEvent[],
  changes: Partial<EventsToApply> = {},
): readonly [string, number, boolean] | null => {
  const order = { key: "user", descending: false };
  const all = { filter: filterOf({}), order, rows, isMore: false, now: 0, node: null, ...changes };
  const applied = applyEvents({ ...all, events });
  return applied === null
    ? null
    : [applied.rows.map(({ session }) => session).join(" "), applied.more, applied.isUnsure];
};

describe("applyEvents", () => {
  it("puts what opens where it stands in the order, and takes away what closes", () => {
    expect(apply([opened("cat", "cat"), closed("ann")])).toEqual(["ben cat mia", 0, false]);
    const descending = rows.toReversed();
    const order = { key: "user", descending: true };
    expect(apply([opened("cat", "cat"), opened("z", "zoe")], { order, rows: descending })).toEqual([
      "z mia cat ben ann",
      2,
      false,
    ]);
  });

  it("counts what stands behind all that was loaded, and shows it when it is", () => {
    expect(apply([opened("z", "zoe")], { isMore: true })).toEqual(["ann ben mia", 1, false]);
    expect(apply([opened("z", "zoe")])).toEqual(["ann ben mia z", 1, false]);
    expect(apply([closed("unseen"), closed("mia")], { isMore: true })).toEqual(["ann ben", -2, false]);
  });

  it("knows of what closes out of sight not whether it matched", () => {
    const filter = filterOf({ route: "/chat" });
    expect(apply([closed("unseen")], { filter, isMore: true })).toEqual(["ann ben mia", 0, true]);
    expect(apply([opened("n", "new")], { filter: filterOf({ address: "203.0.113.0/24" }) })).toEqual([
      "ann ben mia",
      0,
      true,
    ]);
  });

  it("says who carries what opened, and leaves out what another node is asked for", () => {
    const node = "gate-a:7";
    const events = [opened("cat", "cat")];
    const order = { key: "user", descending: false };
    const filter = filterOf({});
    const { rows: found = [] } =
      applyEvents({ events, filter, order, rows: [], isMore: false, now: 0, node }) ?? {};
    expect(found.map((row) => row.node)).toEqual([node]);
    expect(apply(events, { node, filter: filterOf({ node: "gate-b:8" }) })).toBeNull();
    expect(apply(events, { node, filter: filterOf({ node }) })).toEqual(["ann ben cat mia", 1, false]);
  });

  it("changes nothing for what is not meant, came and went at once, or was loaded before its event", () => {
    expect(apply([opened("x", "ben")], { filter: filterOf({ state: "anonymous" }) })).toBeNull();
    expect(apply([opened("x", "x"), closed("x")])).toBeNull();
    expect(apply([])).toBeNull();
    const [known] = applyEvents({
      events: [opened("ann", "ann")],
      filter: filterOf({}),
      order: { key: "user", descending: false },
      rows,
      isMore: false,
      now: 0,
      node: null,
    })?.rows ?? [undefined];
    expect(known?.policy).toBe("loaded");
  });
});
