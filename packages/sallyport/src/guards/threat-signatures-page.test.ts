import { describe, expect, it } from "vitest";
import { renderSignaturesPage } from "./threat-signatures-page.ts";
import { threatSignatures } from "./threat-signatures.ts";

describe("renderSignaturesPage", () => {
  it("has a row for every signature, whatever stands in its examples", () => {
    const [first] = threatSignatures;
    if (first === undefined) throw new Error("no signatures");
    const page = renderSignaturesPage([
      { ...first, hits: ["a|b\n\t`c`", "``x``"], benign: ["plain"], oneLine: true },
      ...threatSignatures.slice(1),
    ]);
    expect(page.split("\n").filter((line) => line.startsWith("| `"))).toHaveLength(threatSignatures.length);
    expect(page).toContain("`` a\\|b⏎⇥`c` ``, ``` ``x`` ``` | `plain` |");
    expect(page).toContain("In values of one line only.");
  });
});
