import { describe, expect, it } from "vitest";
import { NameIndex } from "./name-index.ts";

const [one, other] = [{ id: 1 }, { id: 2 }];

describe("NameIndex", () => {
  it("finds what stands under a name, in that field alone", () => {
    const index = new NameIndex<{ id: number }>();
    index.add("user", "ada", one);
    index.add("user", "ada", one);
    index.add("tenant", "acme", other);
    expect([...index.get("user", "ada")]).toEqual([one]);
    expect([...index.get("subject", "ada"), ...index.get("user", "acme")]).toEqual([]);
  });

  it("keeps those that share a name apart", () => {
    const index = new NameIndex<{ id: number }>();
    for (const entry of [one, other, { id: 3 }]) index.add("user", "ada", entry);
    index.add("user", "eve", other);
    index.delete("user", "ada", other);
    expect([...index.get("user", "ada")]).toEqual([one, { id: 3 }]);
    expect([...index.all("user")]).toEqual([one, { id: 3 }, other]);
  });

  it("forgets a name that nobody has any more, and minds nothing that is not there", () => {
    const index = new NameIndex<{ id: number }>();
    index.delete("user", "ada", one);
    index.add("user", "ada", one);
    index.delete("user", "ada", other);
    expect([...index.get("user", "ada")]).toEqual([one]);
    index.add("user", "ada", other);
    for (const entry of [one, other]) index.delete("user", "ada", entry);
    expect(index.get("user", "ada")).toEqual([]);
  });
});
