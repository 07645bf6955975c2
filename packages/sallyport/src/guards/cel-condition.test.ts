import { describe, expect, it } from "vitest";
import { celCondition } from "./cel-condition.ts";

describe("celCondition", () => {
  it("takes a condition as it is written", () => {
    expect(celCondition.parse('message.type == "join"')).toBe('message.type == "join"');
  });

  it("says everything that is wrong with one", () => {
    const issues = celCondition.safeParse("nobody.a == 1 && nothing").error?.issues ?? [];
    expect(issues.map(({ message }) => message)).toEqual([
      expect.stringContaining("`nobody` is not known here"),
      expect.stringContaining("`nothing` is not known here"),
    ]);
    expect(celCondition.safeParse(1).error?.issues[0]?.message).toBe("expected a condition in CEL");
  });
});
