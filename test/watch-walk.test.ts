import { expect, it } from "vitest";

import { commandsOf, runInShell, startDemo, type Typed } from "./tutorial-walk.ts";

const withinMs = 120_000;
const shell = (line: string): Promise<Typed> => runInShell(line, withinMs);

it("the walk of docs/tutorial-watch.md goes as it is written", { timeout: 600_000 }, async () => {
  const [start = "", ...commands] = await commandsOf("docs/tutorial-watch.md");
  expect(start).toBe("npm ci && npm run demo");
  const { demo, directory } = await startDemo(withinMs);

  let incident = "";
  const type = async (begin: string): Promise<Typed> => {
    const command = commands.shift() ?? "";
    expect(command).toMatch(new RegExp(`^${begin}`));
    const filled = command.replaceAll(".sallyport/demo", directory).replaceAll("INCIDENT", incident);
    // The demo of this test is not where a reader's is.
    const [run, ...more] = filled.split(" -- ");
    return filled.startsWith("npm run")
      ? await shell([`${run} -- --directory ${directory}`, ...more].join(" "))
      : await shell(filled);
  };

  // Explained.
  expect(await type("npx sallyport explain")).toMatchObject({
    code: 0,
    text: expect.stringContaining("watch.detectors.handshakeScan"),
  });

  // Noticed and answered, while it scans.
  const scanned = await type("npm run demo:scan");
  expect(scanned.text).toMatch(
    /\d+ doors tried from 127\.0\.0\.2, none opened; the next answers 403: banned/,
  );
  const told = await demo.says(
    /noticed +handshakeScan \(medium\): \d+ handshakes from 127\.0\.0\.2 were refused .*127\.0\.0\.2\/32 is banned until .*\[incident (\S+)\]/,
  );
  incident = told[1] ?? "";
  const listed = await type("npx sallyport watch list");
  expect(listed.text).toMatch(new RegExp(`${incident} +handshakeScan .*127\\.0\\.0\\.2/32 is banned until`));
  const bans = await type("npx sallyport ban list");
  expect(bans.text).toMatch(new RegExp(`127\\.0\\.0\\.2/32 .*watch: handshakeScan, incident ${incident}`));

  // Recorded.
  const found = await type("npx sallyport journal search");
  expect(found.text).toMatch(new RegExp(`noticed +.*handshakeScan .*incident ${incident}`));

  // Taken back, and that is recorded, too.
  expect(await type("npx sallyport watch undo")).toEqual({
    code: 0,
    text: `${incident} is taken back: lifted the ban of 127.0.0.2/32\n`,
  });
  const again = await type("npm run demo:scan");
  expect(again.text).toContain("1 door tried from 127.0.0.2: none opened, and nobody was banned");
  const undone = await type("npx sallyport journal search");
  expect(undone.text).toMatch(/POST \/findings\/\S+\/undo by admin .*lifted the ban of 127\.0\.0\.2\/32/);
  expect(commands).toEqual([]);

  demo.child.kill("SIGINT");
  expect(await demo.exit(withinMs)).toBe(0);
});
