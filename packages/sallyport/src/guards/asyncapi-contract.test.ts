import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readAsyncApi } from "./asyncapi-contract.ts";
import type { AsyncApiMessage } from "./asyncapi-message.ts";
import { formatPointer } from "./document-places.ts";
import { parseLocated } from "./located-document.ts";

// Adding a case is adding a file: NAME.case.yaml, its route in a comment at the top, and beside it NAME.expected.txt.
const folder = fileURLToPath(new URL("../../test/asyncapi/", import.meta.url));
const cases = readdirSync(folder).filter((name) => name.endsWith(".case.yaml"));

function describeMessage(direction: string, { name, payload }: AsyncApiMessage): string {
  const what = payload === null ? "anything" : `#${formatPointer(payload.path)} (${payload.draft})`;
  return `${direction} ${name}: ${what}`;
}

function read(name: string): string {
  const text = readFileSync(join(folder, name), "utf8");
  const located = parseLocated(text);
  if (!located.ok) throw new Error(`${name} is no YAML`);
  const { contract, faults } = readAsyncApi(name, located.document, {
    routePath: /^# route: (.*)$/m.exec(text)?.[1] ?? "/",
    channels: /^# channels: (.*)$/m.exec(text)?.[1]?.split(", ") ?? null,
    describes: text.includes("# describes: client") ? "client" : "application",
  });
  const lines = [
    ...faults.map(({ file, line, column, place, found, expected, mend }) =>
      `${file}:${line}:${column} ${place}: expected ${expected}, found ${found}. ${mend}`.trimEnd(),
    ),
    contract === null ? "no contract" : `channels ${contract.channels.join(", ")}`,
    ...(faults.length > 0 ? [] : (contract?.messages.inbound ?? [])).map((one) =>
      describeMessage("inbound", one),
    ),
    ...(faults.length > 0 ? [] : (contract?.messages.outbound ?? [])).map((one) =>
      describeMessage("outbound", one),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

describe("readAsyncApi", () => {
  it("is tried on every case of its folder", () => {
    expect(cases.length).toBeGreaterThan(12);
  });

  it.each(cases)("derives from %s what may be said, or tells every mistake and its place", async (name) => {
    await expect(read(name)).toMatchFileSnapshot(join(folder, name.replace(".case.yaml", ".expected.txt")));
  });
});
