import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { startApplication } from "../gateway/harness.ts";
import { openClient } from "../hosts/guarded-server.ts";
import { launcher, startSallyport } from "./sallyport-process.ts";

let directory = "";
const before = process.env["XDG_DATA_HOME"];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-dev-token-"));
  process.env["XDG_DATA_HOME"] = directory;
});
afterAll(async () => {
  if (before === undefined) delete process.env["XDG_DATA_HOME"];
  else process.env["XDG_DATA_HOME"] = before;
  await rm(directory, { recursive: true });
});

const devToken = async (...argv: string[]): Promise<{ stdout: string }> =>
  await promisify(execFile)(process.execPath, [launcher, "dev-token", ...argv]);

const flags = (listen: string): string[] => [
  "run",
  "--listen",
  listen,
  "--identity",
  "development",
  "--tls",
  "off",
  "--origin",
  "https://app.example.com",
];

describe("sallyport dev-token", () => {
  it("prints a token that a gate with `--identity development` takes, and nothing else", async () => {
    const application = await startApplication();
    const gate = startSallyport([...flags("127.0.0.1:0"), "--to", application.url]);
    const [, port = ""] = await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
    await gate.says(/warning --identity: tokens of the development issuer/);
    const { stdout } = await devToken("--user", "ada", "--claims", '{"rooms":["attic"]}', "--life", "5m");
    const token = /^[\w-]+\.[\w-]+\.[\w-]+\n$/.exec(stdout)?.[0].trim() ?? "";
    const url = `ws://127.0.0.1:${port}/`;
    await openClient(url, { headers: { Authorization: `Bearer ${token}` } });
    await gate.says(/"user":"ada"/);
    await expect(openClient(url, {})).rejects.toThrow("status 401");
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    await expect(openClient(url, { headers: { Authorization: `Bearer ${forged}` } })).rejects.toThrow("401");
  });

  it("writes one JSON object with --json", async () => {
    const { stdout } = await devToken("--json", "--user", "eve");
    expect(JSON.parse(stdout)).toMatchObject({ user: "eve", issuer: "urn:sallyport:development" });
  });

  it.each([
    [["--claims", "{"], "--claims: expected a JSON object"],
    [["--claims", "[]"], "--claims: expected a JSON object"],
    [["--claims", '{"sub":"root"}'], "the issuer writes `sub` itself"],
    [["--life", "31d"], "--life: expected"],
    [["--life", "soon"], "--life: expected"],
    [["--user", ""], "--user: expected"],
  ])("refuses %j with exit code 2", async (argv, message) => {
    let [out, err] = ["", ""];
    const terminal = {
      out: (text: string): void => void (out += text),
      err: (text: string): void => void (err += text),
      colour: false,
      directory,
    };
    expect(await main(["dev-token", ...argv], terminal)).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(message);
  });

  it("is taken on loopback addresses alone", async () => {
    const gate = startSallyport([...flags("0.0.0.0:0"), "--to", "ws://127.0.0.1:1"]);
    expect(await gate.exit()).toBe(2);
    expect(gate.written().err).toContain("the development issuer on loopback addresses alone");
  });
});
