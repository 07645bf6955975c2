import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect, it } from "vitest";

import { commandsOf, runInShell, startDemo, type Typed } from "./tutorial-walk.ts";

const withinMs = 120_000;
const shell = (line: string): Promise<Typed> => runInShell(line, withinMs);

it("the walk of docs/tutorial-forensics.md goes as it is written", { timeout: 600_000 }, async () => {
  const [start = "", attack = "", ...commands] = await commandsOf("docs/tutorial-forensics.md");
  expect(start).toBe("npm ci && npm run demo");
  expect(attack).toBe("npm run demo:attack");
  const { demo, directory } = await startDemo(withinMs);

  const attacked = await shell(`${attack} -- --directory ${directory}`);
  const [, incident = ""] = /closed with 4503, incident (\S+)/.exec(attacked.text) ?? [];
  expect(attacked).toMatchObject({ code: 0, text: expect.stringContaining("evil.example: 403") });
  expect(incident).not.toBe("");

  const filled = (command: string): string =>
    command.replaceAll(".sallyport/demo", directory).replaceAll("INCIDENT", incident);
  const type = async (begin: string): Promise<Typed> => {
    const command = commands.shift() ?? "";
    expect(command).toMatch(new RegExp(`^${begin}`));
    return await shell(filled(command));
  };

  // Found, by what the gate did.
  const closed = await type("npx sallyport journal search");
  expect(closed.text).toMatch(new RegExp(`close .*permission.message incident ${incident} \\[\\S+\\] ben `));
  const foreign = await type("npx sallyport journal search");
  expect(foreign.text).toContain("page https://evil.example");

  // Shown, and harmless; and whoever looked is seen.
  const shown = await type("npx sallyport journal show");
  expect(shown.text).toContain('"text": "\\u001b[2J');
  expect(shown.text).toMatch(/"room": "staff"[\s\S]*closed +4503 by the gate/);
  expect(shown.text).not.toContain("\u001b[2J");
  const seen = await type("npx sallyport journal search");
  expect(seen.text).toMatch(/journal +read, .*somebody in the staff room/);

  // Proven, as a whole and alone; a checkpoint comes within seconds.
  const sound = await type("npx sallyport journal verify");
  expect(sound).toMatchObject({ code: 0, text: expect.stringMatching(/^sound/) });
  const [give = "", prove = ""] = commands.map(filled);
  for (let tries = 0; tries < 30; tries++) {
    const covers = await shell(`${give} && ${prove.replace(/ --to \S+/, "")}`);
    if (covers.code === 0) break;
    await delay(1000);
  }
  expect(await type("cp ")).toEqual({ text: "", code: 0 });
  const proof = await type("npx sallyport journal prove");
  expect(proof).toMatchObject({ code: 0, text: expect.stringContaining(incident) });
  const proven = await type("npx sallyport journal verify --proof");
  expect(proven.text).toMatch(new RegExp(`^proven: [\\s\\S]* incident ${incident} `));

  // Forged, in a copy.
  expect(await type("cp ")).toEqual({ text: "", code: 0 });
  expect(await type("find ")).toEqual({ text: "", code: 0 });
  const forged = await type("npx sallyport journal verify");
  expect(forged.text).toMatch(/^BROKEN[\s\S]*\nfault +\S+\.open, frame \d+, byte \d+: [\s\S]*exit code 1/);

  // Handed over.
  expect(await type("npx sallyport journal export")).toMatchObject({ code: 0 });
  const har = JSON.parse(await readFile(join(directory, "ben.har"), "utf8"));
  expect(JSON.stringify(har.log.entries[0]._webSocketMessages)).toContain("all is well");

  // Erased, and still sound.
  expect((await type("npx sallyport journal erase")).text).toContain("of ben destroyed");
  const gone = await type("npx sallyport journal show");
  expect(gone.text).toContain("it was erased");
  expect(gone.text).not.toContain("all is well");
  expect(await type("npx sallyport journal verify")).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^sound/),
  });
  expect(commands).toEqual([]);

  demo.child.kill("SIGINT");
  expect(await demo.exit(withinMs)).toBe(0);
});
