import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);

/** The attacks by letter, and how many: handshakes, frames, compression, proxying, authentication, payloads, load. */
const battery: Readonly<Record<string, number>> = { H: 45, F: 55, C: 6, G: 25, A: 30, P: 20, L: 20 };

/** Attacks that a test plays which is not written for the battery: its file, and a part of its name. */
const elsewhere: Readonly<Record<string, readonly [file: string, name: string]>> = {
  G22: ["test/gateway/http2.test.ts", "refuses %s with a status and an incident (RFC 8441 5)"],
  L14: ["test/cli/run.test.ts", "reloads on SIGHUP"],
  L19: ["../../bench/soak.ts", "soak"],
  P15: ["test/frames/10.4-opcode.case", "messageSize.opcode"],
  P18: ["test/hosts/host-permissions.ts", "own room"],
  P20: ["test/hosts/host-permissions.ts", "own room"],
};

const content = "needs a guard that knows the content: `messageSchema` or a dialect";
/** Attacks on what is not built yet. */
const later: Readonly<Record<string, string>> = {
  L16: "there is no shared store but the process's own memory",
  P17: "whether a message may come twice is the application's to know",
  ...Object.fromEntries([11, 12, 13, 16].map((number) => [idOf("P", number), content])),
};

function idOf(letter: string, number: number): string {
  return `${letter}${String(number).padStart(2, "0")}`;
}

function textsBelow(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|case)$/.test(path) && !path.endsWith("battery.test.ts"))
    .map((path) => readFileSync(new URL(`${folder}/${path}`, root), "utf8"));
}

describe("the attack battery", () => {
  const ids = Object.entries(battery).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => idOf(letter, index + 1)),
  );
  const texts = textsBelow("test").join("\n");
  const isNamed = (id: string): boolean => new RegExp(`\\b${id}\\b`).test(texts);

  it("has a test for every attack, by its id, but for what is listed here with its reason", () => {
    expect(ids).toHaveLength(201);
    const open = ids.filter((id) => !isNamed(id) && !(id in elsewhere) && !(id in later));
    expect(open).toEqual([]);
  });

  it.each(Object.entries(elsewhere))("%s is played in %j", (_id, [file, name]) => {
    expect(readFileSync(new URL(file, root), "utf8")).toContain(name);
  });

  it("lists nothing as missing that is there, and nothing that is no attack", () => {
    const listed = [...Object.keys(elsewhere), ...Object.keys(later)];
    expect(listed.filter((id) => isNamed(id) || !ids.includes(id))).toEqual([]);
  });
});
