import { describe, expect, it } from "vitest";

import { ToldLedger } from "./told-ledger.ts";

describe("ToldLedger", () => {
  it("knows what a consumer was told by where it is, also where a number was told anew", () => {
    const ledger = new ToldLedger();
    ledger.tell(1, { text: "first", end: 100 }, 0);
    ledger.tell(2, { text: "other", end: 200 }, 0);
    ledger.tell(1, { text: "second", end: 300 }, 0);
    ledger.tell(1, { text: "third", end: 400 }, 0);
    expect(ledger.asOf(0)).toEqual([]);
    expect(ledger.asOf(100)).toEqual([[1, "first"]]);
    expect(ledger.asOf(299)).toEqual([
      [1, "first"],
      [2, "other"],
    ]);
    expect(ledger.asOf(300)).toEqual([
      [1, "second"],
      [2, "other"],
    ]);
    expect(ledger.asOf(400)).toContainEqual([1, "third"]);
  });

  it("forgets what nobody goes by any more", () => {
    const ledger = new ToldLedger();
    for (let round = 1; round <= 3; round++)
      ledger.tell(1, { text: `round ${round}`, end: round * 100 }, round * 100 - 100);
    // What was released went when the next one was told.
    expect(ledger.asOf(250)).toEqual([[1, "round 2"]]);
    expect(ledger.asOf(150)).toEqual([]);
  });

  it("keeps what has ended until its end was released", () => {
    const ledger = new ToldLedger();
    ledger.tell(1, { text: "a", end: 100 }, 0);
    ledger.tell(2, { text: "b", end: 200 }, 0);
    ledger.end(1, 300, 200);
    expect(ledger.asOf(200)).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
    ledger.end(2, 400, 300);
    expect([ledger.size, ledger.asOf(300)]).toEqual([1, [[2, "b"]]]);
  });
});
