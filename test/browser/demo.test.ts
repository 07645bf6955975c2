import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { main } from "../../packages/sallyport/src/cli/main.ts";
import { startProgram } from "../../packages/sallyport/test/cli/sallyport-process.ts";
import { connected, lines, logIn, say } from "./chat-page.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** On a machine that does much else at the time. */
const withinMs = 120_000;

/** `npm run demo`, as it runs. */
interface Demo {
  readonly url: string;
  readonly configFile: string;
  /** What it has written: its introduction, and the gate's log. */
  log(): string;
  /** Resolves once it has written this. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Runs the command that its introduction names so, as somebody who copies and pastes. Returns what that writes. */
  run(command: string, fill?: { readonly ID: string }): Promise<string>;
  /** Ctrl-C. Resolves with the exit code. */
  stop(): Promise<number | NodeJS.Signals | null>;
}

async function startDemo(): Promise<Demo> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-demo-"));
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }));
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    scripts: { demo: string };
  };
  const [program, ...argv] = scripts.demo.split(" ");
  expect(program).toBe("node");
  const demo = startProgram([...argv, "--free-ports", "--directory", directory], {
    directory: root,
    withinMs,
  });
  const [, url = ""] = await demo.says(/The chat, through the gate +(\S+)/);
  await demo.says(/Ctrl-C ends everything/);
  const introduction = demo.written().out;
  let npxRuns = 0;
  return {
    url,
    configFile: join(directory, "sallyport.yaml"),
    log: () => demo.written().err,
    says: demo.says,
    async run(command, { ID } = { ID: "" }) {
      const line = introduction.split("\n").find((candidate) => candidate.includes(command)) ?? "";
      const typed = line.slice(line.indexOf("npx sallyport")).replace(" ID ", ` ${ID} `);
      expect(typed).toContain(command);
      // A process for each takes longer than all they do: that npx finds the command is seen once.
      if (npxRuns++ === 0) return await runInShell(typed);
      return await runHere(typed.trim().split(/\s+/).slice(2));
    },
    async stop() {
      demo.child.kill("SIGINT");
      return await demo.exit();
    },
  };
}

async function runInShell(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", line], { cwd: root, timeout: withinMs });
  return stdout;
}

async function runHere(argv: readonly string[]): Promise<string> {
  let [out, err] = ["", ""];
  const code = await main(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    colour: false,
    directory: root,
  });
  if (code !== 0) throw Object.assign(new Error(`exit code ${code}: ${err}`), { code });
  return out;
}

/** How often the gate has admitted this user: once means that the page is on the connection that it had. */
function admissions(log: string, user: string): number {
  return log.split("\n").filter((line) => line.includes(" admitted ") && line.includes(` as ${user} `))
    .length;
}

describe.runIf(runsBrowserTests)("the walk through docs/tutorial-rights.md, in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  }, withinMs);
  afterAll(async () => await browser?.close());

  async function openPage(url: string): Promise<Page> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(async () => await context.close());
    context.setDefaultTimeout(withinMs);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  it(
    "goes from the log-in of two users to revocation, narrower rules and log-out",
    { timeout: 5 * withinMs },
    async () => {
      const demo = await startDemo();
      const [ann, ben] = [await openPage(demo.url), await openPage(demo.url)];

      // Two people talk, and the operator sees them.
      await logIn(ann, "ann");
      await logIn(ben, "ben");
      await say(ann, "hello");
      await lines(ben, "hello").waitFor();
      const listed = await demo.run("sessions list");
      expect(
        listed.split("\n").filter((line) => /^\S+ +(ann|ben) +127\.0\.0\.1 +\/chat /.test(line)),
      ).toHaveLength(2);

      // Ben is revoked: his connection ends, and Ann's does not.
      const id = /\[(\S+)\]\s*$/.exec(await demo.run("revoke --user ben"))?.[1] ?? "";
      await ben.getByText("Your access was withdrawn. (4540)").waitFor();
      expect(id).not.toBe("");
      await say(ann, "where is he?");
      await lines(ann, "where is he?").waitFor();
      expect(admissions(demo.log(), "ann")).toBe(1);

      // He cannot come back, until the revocation is taken back.
      await ben.getByRole("button", { name: "Connect again" }).click();
      await ben.getByText("the gate does not let you in: your access was withdrawn. (401)").waitFor();
      expect(await demo.run("revoke list")).toMatch(new RegExp(`^${id} +user ben `, "m"));
      await demo.run("revoke remove", { ID: id });
      await ben.getByRole("button", { name: "Connect again" }).click();
      await connected(ben);

      // Narrower rules: who is not of the staff has to go, whoever is notices nothing.
      const config = await readFile(demo.configFile, "utf8");
      const narrow = config.replace(
        `'"lobby" in identity.claims.rooms'`,
        `'"staff" in identity.claims.rooms'`,
      );
      expect(narrow).not.toBe(config);
      await writeFile(demo.configFile, narrow);
      expect(await demo.run("reload")).toContain("1 connections go on, 1 were closed");
      await demo.says(/reloaded: policy \w+: 1 connections go on, 1 were closed/);
      await ben.getByText("You were not allowed to do that, or to be here any longer. (4503)").waitFor();
      await ben.getByRole("button", { name: "Connect again" }).click();
      await ben.getByText("you are not allowed to be here. (403)").waitFor();
      await say(ann, "still here");
      await lines(ann, "still here").waitFor();
      expect(admissions(demo.log(), "ann")).toBe(1);

      // A configuration with a mistake changes nothing.
      await writeFile(demo.configFile, config.replace("otherwise: deny", "otherwise: deni"));
      await expect(demo.run("reload")).rejects.toMatchObject({ code: 2 });
      await say(ann, "and still");
      await lines(ann, "and still").waitFor();
      await writeFile(demo.configFile, config);
      await demo.run("reload");
      await ben.getByRole("button", { name: "Connect again" }).click();
      await connected(ben);

      // Ann logs out at the chat, which tells nobody: the gate asks.
      await ann.getByRole("button", { name: "Log out" }).click();
      await ann
        .getByText("You are not logged in any more, and the gate has closed the connection.")
        .waitFor();
      await demo.says(/identity\.withdrawn: session: answered 401/);
      await say(ben, "alone");
      await lines(ben, "alone").waitFor();

      expect(await demo.stop()).toBe(0);
    },
  );
});
