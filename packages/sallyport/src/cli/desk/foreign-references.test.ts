import { describe, expect, it } from "vitest";
import { parseText, type ConfigDocument } from "../../policy/config-document.ts";
import { foreignReferences } from "./foreign-references.ts";

function documentOf(text: string): ConfigDocument {
  const parsed = parseText("policy.yaml", text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.found);
  return parsed.document;
}

const OWN = documentOf(`
state: \${env:STATE}
routes:
  - path: /a
    identity: { jwt: { secret: "\${file:jwt.key}" } }
`);

function found(text: string, own: ConfigDocument | null = OWN): readonly string[] {
  return foreignReferences(documentOf(text), own).map(({ path, line }) => `${path}:${line}`);
}

describe("foreignReferences", () => {
  it("takes what the gate's configuration fills in under the same key, on whichever route", () => {
    expect(
      found(`
state: \${env:STATE}
routes:
  - path: /new
    origin: { allow: [https://a.example] }
  - path: /a
    identity: { jwt: { secret: "\${file:jwt.key}" } }
`),
    ).toEqual([]);
  });

  it("finds every other one: a condition over it would tell what stands there (CWE-73, CWE-203)", () => {
    const text = `
routes:
  - path: /a
    permission:
      rules:
        - { when: '"\${file:jwt.key}".startsWith("a")', deny: true }
        - { when: "true", deny: 'x == "\${env:STATE}"' }
    identity: { jwt: { secret: "\${file:/etc/passwd}" } }
`;
    expect(found(text)).toEqual([
      "routes[0].permission.rules[0].when:6",
      "routes[0].permission.rules[1].deny:7",
      "routes[0].identity.jwt.secret:8",
    ]);
    expect(foreignReferences(documentOf(text), OWN).map((problem) => problem.found)).toEqual(
      Array(3).fill("a reference to a file or the environment"),
    );
  });

  it("finds all where the gate was started with flags", () => {
    expect(found("state: ${env:STATE}\n", null)).toEqual(["state:1"]);
  });
});
