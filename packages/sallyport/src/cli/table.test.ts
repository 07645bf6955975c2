import { describe, expect, it } from "vitest";
import { jsonLine, renderPairs, renderTable, shown } from "./table.ts";

const rows = [
  ["s1", "ada", 12],
  ["session-2", null, 3],
];

describe("renderTable", () => {
  it("aligns columns under their heads, and cuts nothing where there is no terminal", () => {
    expect(renderTable(["SESSION", "USER", "N"], rows, { colour: false })).toBe(
      "SESSION    USER  N\ns1         ada   12\nsession-2  -     3\n",
    );
    const long = "x".repeat(500);
    expect(renderTable(["A"], [[long]], { colour: false })).toContain(long);
  });

  it("is no wider than the terminal, takes from the widest column and shows that it did", () => {
    const wide = [["short", "x".repeat(60), "y".repeat(50)]];
    const lines = renderTable(["A", "B", "C"], wide, { colour: false, columns: 40 }).split("\n");
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines[1]).toMatch(/^short {2}x+… {2}y+…$/);
  });

  it("keeps something of every column on a terminal that is too narrow for all", () => {
    const wide = [["x".repeat(20), "y".repeat(20), "z".repeat(20)]];
    const [, line = ""] = renderTable(["A", "B", "C"], wide, { colour: false, columns: 5 }).split("\n");
    expect(line).toBe("xxxxx…  yyyyy…  zzzzz…");
  });

  it("colours the heads alone, on a terminal alone", () => {
    const plain = renderTable(["A"], [["a"]], { colour: false });
    const coloured = renderTable(["A"], [["a"]], { colour: true });
    // oxlint-disable-next-line no-control-regex -- the escapes that it writes itself
    expect(coloured.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain);
    expect(coloured.split("\n")[1]).toBe("a");
  });
});

describe("shown", () => {
  it("lets nothing that a peer wrote move the cursor, break a line or turn the text (CWE-150)", () => {
    expect(shown("a\u001B[31m\r\n\t\u202E\u2028\u0007é")).toBe(
      "a\uFFFD[31m\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDé",
    );
    expect([shown(null), shown(undefined), shown(0), shown("")]).toEqual(["-", "-", "0", ""]);
  });
});

describe("jsonLine", () => {
  it("escapes what JSON leaves as it is and a terminal acts on, and says the same (CWE-150)", () => {
    const value = { user: '\u009b31m\u202e\u2028\\n"', n: [1, null] };
    const line = jsonLine(value);
    expect(line).toBe(String.raw`{"user":"\u009b31m\u202e\u2028\\n\"","n":[1,null]}` + "\n");
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe("renderPairs", () => {
  it("writes one pair a line", () => {
    const pairs = [
      ["session", "s1"],
      ["user", null],
    ] as const;
    expect(renderPairs(pairs, { colour: false })).toBe("session  s1\nuser     -\n");
  });
});
