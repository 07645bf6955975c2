import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startApplication } from "../gateway/harness.ts";
import { connectRaw, openRaw, upgradeRequest } from "../gateway/raw-client.ts";
import { startSallyport, temporaryDirectory } from "./sallyport-process.ts";

const PAGE = "Origin: http://app.example.com";

interface Running {
  readonly port: number;
  /** Flags that reach its admin API. */
  readonly access: readonly string[];
  readonly directory: string;
  readonly configFile: string;
}

async function startGate(): Promise<Running> {
  const [application, directory] = [await startApplication(), await temporaryDirectory()];
  const configFile = join(directory, "sallyport.yaml");
  await writeFile(
    configFile,
    `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin: { address: 127.0.0.1:0, tokenFile: admin.token }
routes: [{ path: /, upstream: ${application.url}, identity: anonymous, origin: { allow: [http://app.example.com] } }]
`,
  );
  const gate = startSallyport(["run", "--config", configFile]);
  const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
  const admin = (await gate.says(/admin on http:\/\/(\S+)\n/))[1] ?? "";
  return {
    port,
    access: ["--admin", admin, "--token-file", join(directory, "admin.token")],
    directory,
    configFile,
  };
}

async function call(...words: readonly string[]): Promise<{ code: unknown; out: string; err: string }> {
  const command = startSallyport(words);
  const code = await command.exit();
  return { code, ...command.written() };
}

describe("operating a running gate", () => {
  it("makes the admin token for its owner alone where there is none", async () => {
    const gate = await startGate();
    const file = join(gate.directory, "admin.token");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, "utf8")).trim()).toMatch(/^[\w-]{43}$/);
  });

  it("bans an address, ends its connections with 4529, lists the ban and lifts it", async () => {
    const gate = await startGate();
    const peer = await openRaw(gate.port, { lines: [PAGE] });
    const added = await call("ban", "add", "127.0.0.1", "--for", "10m", "--reason", "test", ...gate.access);
    expect(added).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^banned 127\.0\.0\.1\/32 until .*; 1 open/),
    });
    expect(await peer.readClose()).toMatchObject({ code: 4529 });
    const refused = await (await connectRaw(gate.port)).send(upgradeRequest({ lines: [PAGE] })).head();
    expect(refused.status).toBe(403);
    const listed = await call("ban", "list", "--json", ...gate.access);
    expect(JSON.parse(listed.out)).toMatchObject({ bans: [{ cidr: "127.0.0.1/32", reason: "test" }] });
    expect(await call("ban", "remove", "127.0.0.1", ...gate.access)).toMatchObject({ code: 0 });
    (await openRaw(gate.port, { lines: [PAGE] })).socket.destroy();
    expect(await call("ban", "remove", "127.0.0.1", ...gate.access)).toMatchObject({ code: 2 });
  });

  it("says what is wrong with a ban, a token, and a gate that is not there", async () => {
    const gate = await startGate();
    expect(await call("ban", "add", "127.0.0.1/8", ...gate.access)).toMatchObject({
      code: 2,
      err: expect.stringContaining("127.0.0.0/8"),
    });
    expect(await call("ban", "add", "127.0.0.1", "--for", "soon", ...gate.access)).toMatchObject({ code: 2 });
    expect(await call("ban", "list", "--admin", gate.access[1] ?? "")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--token-file"),
    });
    expect(await call("ban", "list", "--admin", "127.0.0.1:1")).toMatchObject({ code: 3 });
  });

  it("reloads, and keeps what is in force when the new configuration has problems", async () => {
    const gate = await startGate();
    const good = await readFile(gate.configFile, "utf8");
    await writeFile(gate.configFile, good.replace("http://app.example.com", "http://other.example.com"));
    expect(await call("reload", ...gate.access)).toMatchObject({ code: 0 });
    const refused = await (await connectRaw(gate.port)).send(upgradeRequest({ lines: [PAGE] })).head();
    expect(refused.status).toBe(403);
    await writeFile(gate.configFile, good.replace("identity: anonymous", "identiti: anonymous"));
    const failed = await call("reload", ...gate.access);
    expect(failed).toMatchObject({ code: 2, err: expect.stringContaining("identity") });
    await writeFile(gate.configFile, good);
    expect(await call("reload", ...gate.access)).toMatchObject({ code: 0 });
    (await openRaw(gate.port, { lines: [PAGE] })).socket.destroy();
  });
});
