import { describe, expect, it } from "vitest";
import { osvRecord } from "../../test/osv-records.ts";
import { loadAdvisories, parseAdvisories, shippedAdvisories } from "./advisories.ts";
import { advisoriesOf } from "./judge-version.ts";
import { parseOsvRecord } from "./osv-advisories.ts";
import { serializeAdvisories, updateAdvisories } from "./update-advisories.ts";

const NAMES = new Set(["ws", "undici"]);
const of = (changed: object) => parseOsvRecord({ ...osvRecord, ...changed }, NAMES);
const ws = (changed: object) => ({ affected: [{ package: { ecosystem: "npm", name: "ws" }, ...changed }] });

async function* listed(...records: readonly unknown[]): AsyncGenerator<unknown> {
  yield* records;
}

describe("parseOsvRecord", () => {
  it("takes the packages that are looked for, their ranges, and the vector of CVSS 3", () => {
    expect(of({})?.advisories).toEqual([
      {
        ids: ["GHSA-aaaa-bbbb-cccc", "CVE-2027-1000"],
        package: "ws",
        affected: ["<7.6.0", ">=8.0.0 <8.24.0"],
        fixed: ["7.6.0", "8.24.0"],
        severity: "medium",
        cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        cvssBy: "database",
        summary: "ws falls over",
        source: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
      },
      expect.objectContaining({ package: "undici", affected: [">=9.0.0 <=9.1.2"], fixed: [] }),
    ]);
  });

  it("knows what has no end, what is listed by version, and what has no vector", () => {
    const [open] =
      of({
        ...ws({ ranges: [{ type: "SEMVER", events: [{ introduced: "0" }] }] }),
        severity: [],
        database_specific: {},
      })?.advisories ?? [];
    expect(open).toMatchObject({ affected: ["*"], severity: "medium", cvssBy: "sallyport" });
    expect(of(ws({ versions: ["1.0.0", "1.0.1"] }))?.advisories[0]?.affected).toEqual(["1.0.0", "1.0.1"]);
    expect(of({ id: "MAL-2027-1", aliases: [] })?.advisories[0]?.source).toBe(
      "https://osv.dev/vulnerability/MAL-2027-1",
    );
    expect(of({ severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N" }] })?.advisories[0]?.cvssBy).toBe(
      "sallyport",
    );
  });

  it("leaves out what is of other packages, and what was withdrawn", () => {
    expect(
      of({ affected: [{ package: { ecosystem: "npm", name: "left-pad" }, versions: ["1.0.0"] }] }),
    ).toBeNull();
    expect(of({ affected: "all" })).toBeNull();
    expect(of({ withdrawn: "2027-01-16T00:00:00Z" })).toMatchObject({ isWithdrawn: true, advisories: [] });
  });

  it.for([
    [{ id: 1 }, "a record without an `id`"],
    [{ modified: "soon" }, "does not say when it was modified"],
    [
      ws({ ranges: [{ type: "SEMVER", events: [{ introduced: "soon" }] }] }),
      "names a version that is none: soon",
    ],
    [ws({ ranges: [] }), "does not say which versions of ws it is about"],
  ] as const)("refuses %j: %s", ([changed, problem]) => {
    expect(() => of(changed)).toThrow(problem);
  });
});

describe("updateAdvisories", async () => {
  const known = await loadAdvisories(shippedAdvisories);

  it("adds what is new, with the day of the newest record, and can be read again", async () => {
    const { advisories, ...counts } = await updateAdvisories(
      known,
      listed(osvRecord, { id: "X", affected: [] }),
    );
    expect(counts).toEqual({ records: 2, added: 2, changed: 0, withdrawn: 0 });
    const read = parseAdvisories(serializeAdvisories(advisories));
    expect(read.checked).toBe("2027-01-15");
    expect(advisoriesOf("ws", "8.23.0", read)?.map(({ ids }) => ids[0])).toEqual(["GHSA-aaaa-bbbb-cccc"]);
  });

  it("renews what is known, keeps its words, and no range that was seen here to be affected is lost", async () => {
    const ranges = [{ type: "SEMVER", events: [{ introduced: "8.0.0" }, { fixed: "8.30.0" }] }];
    const renewed = (id: string) => ({ ...osvRecord, ...ws({ ranges }), id, aliases: [] });
    const { advisories, changed } = await updateAdvisories(
      known,
      listed(renewed("CVE-2024-37890"), renewed("GHSA-96hv-2xvq-fx4p")),
    );
    expect(changed).toBe(2);
    const [headers, fragments] = ["GHSA-3h5v-q93c-6h6q", "GHSA-96hv-2xvq-fx4p"].map((id) =>
      advisories.advisories.find(({ ids }) => ids[0] === id),
    );
    expect(headers).toMatchObject({
      summary: expect.stringContaining("headers"),
      affected: [">=8.0.0 <8.30.0"],
      severity: "medium",
    });
    expect(fragments?.affected).toEqual(
      expect.arrayContaining(["<5.2.5", ">=8.0.0 <8.21.0", ">=8.0.0 <8.30.0"]),
    );
  });

  it("takes back what was withdrawn, and refuses an export of nothing", async () => {
    const withdrawn = {
      ...osvRecord,
      id: "GHSA-3h5v-q93c-6h6q",
      aliases: [],
      withdrawn: "2027-01-01T00:00:00Z",
    };
    const { advisories, withdrawn: count } = await updateAdvisories(known, listed(withdrawn));
    expect([count, advisories.advisories.length]).toEqual([1, known.advisories.length - 1]);
    await expect(updateAdvisories(known, listed())).rejects.toThrow("has no records");
  });
});
