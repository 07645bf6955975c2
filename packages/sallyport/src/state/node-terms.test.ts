import { describe, expect, it } from "vitest";
import {
  describeDisagreement,
  findDisagreements,
  formatDisagreement,
  nodeTermsShape,
  type NodeTerms,
} from "./node-terms.ts";

const limits = { "/chat": "total 100", "/feed": "total 5" };
const own: NodeTerms = { key: "0123456789abcdef", leaseMs: 15_000, limits };
const at = (name: string, terms: Partial<NodeTerms> | null) => ({
  name,
  terms: terms === null ? null : { ...own, ...terms },
});

describe("findDisagreements", () => {
  it("finds none where nodes have the same, say nothing, or lack a route", () => {
    expect(findDisagreements(own, [])).toEqual([]);
    const others = [at("b", {}), at("old", null), at("c", { limits: { "/chat": "total 100", "/more": "" } })];
    expect(findDisagreements(own, others)).toEqual([]);
  });

  it("says what was expected, what was found and where, and how to mend it", () => {
    const others = [
      at("gate-b:1", { key: null }),
      at("gate-c:2", { key: "fedcba9876543210", leaseMs: 30_000 }),
    ];
    const found = findDisagreements(own, others);
    expect(found).toMatchObject([
      { about: "key", nodes: 2, what: "state.redis.keyFile" },
      { about: "lease", nodes: 1 },
    ]);
    expect(found.map(describeDisagreement)).toEqual([
      'nodes do not agree on state.redis.keyFile: expected the key 0123456789abcdef as here, found none at "gate-b:1", the key fedcba9876543210 at "gate-c:2". They share no certificates, and sign Sallyport-Identity with other keys: put the same file on all nodes, and restart those that had another.',
      'nodes do not agree on state.redis.lease: expected 15s as here, found 30s at "gate-c:2". Write the same for all nodes, and restart them.',
    ]);
  });

  it("tells of each route whose limits differ, and names three nodes at most", () => {
    const others = ["b", "c", "d", "e", "f"].map((name) =>
      at(name, { limits: { ...limits, "/chat": "total 7" } }),
    );
    const [found, ...more] = findDisagreements(own, others);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ about: "limits", nodes: 5 });
    expect(found === undefined ? "" : describeDisagreement(found)).toMatch(
      /^nodes do not agree on limits of \/chat: expected "total 100" as here, found "total 7" at "b", "total 7" at "c", "total 7" at "d" and others at 2 more\./,
    );
  });

  it("shows what others wrote inert (CWE-117)", () => {
    const found = findDisagreements(own, [at("b\n\u001b[31m", { limits: { "/chat": "\u202e\nerror" } })]);
    expect(found.map(describeDisagreement)).toEqual([expect.stringMatching(/^[ -~]+$/)]);
  });
});

describe("nodeTermsShape", () => {
  it.each([
    [{ ...own, key: "x" }],
    [{ ...own, key: "0123456789ABCDEF" }],
    [{ ...own, leaseMs: -1 }],
    [{ ...own, leaseMs: "15s" }],
    [{ ...own, limits: { "/": "x".repeat(600) } }],
    [{ ...own, limits: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`/${index}`, ""])) }],
    [null],
  ])("takes nothing that no node says: %j", (said) => {
    expect(nodeTermsShape.safeParse(said).success).toBe(false);
  });
});

describe("formatDisagreement", () => {
  it("says which formats there are, and how many nodes write them", () => {
    expect(formatDisagreement(2, new Map())).toEqual([]);
    const [found] = formatDisagreement(
      2,
      new Map([
        [1, 1],
        [3, 2],
      ]),
    );
    expect(found).toMatchObject({ about: "format", nodes: 3 });
    expect(found === undefined ? "" : describeDisagreement(found)).toContain(
      "expected 2 as here, found 1 at 1 node, 3 at 2 nodes.",
    );
  });
});
