import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startApplication } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import { createTokens } from "../hosts/test-tokens.ts";
import { callCommand } from "./call-command.ts";
import { startSallyport, temporaryDirectory, type SallyportProcess } from "./sallyport-process.ts";

const PAGE = "Origin: http://app.example.com";

interface Running {
  readonly gate: SallyportProcess;
  readonly port: number;
  /** Flags that reach its admin API. */
  readonly access: readonly string[];
  readonly directory: string;
  readonly configFile: string;
}

async function startGate(identity = "anonymous", more = ""): Promise<Running> {
  const [application, directory] = [await startApplication(), await temporaryDirectory()];
  const configFile = join(directory, "sallyport.yaml");
  await writeFile(
    configFile,
    `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin: { address: 127.0.0.1:0, tokenFile: admin.token${more} }
routes: [{ path: /, upstream: ${application.url}, identity: ${identity}, origin: { allow: [http://app.example.com] } }]
`,
  );
  const gate = startSallyport(["run", "--config", configFile]);
  const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
  const admin = (await gate.says(/admin on http:\/\/(\S+)\n/))[1] ?? "";
  return {
    gate,
    port,
    access: ["--admin", admin, "--token-file", join(directory, "admin.token")],
    directory,
    configFile,
  };
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
    const added = await callCommand(
      "ban",
      "add",
      "127.0.0.1",
      "--for",
      "10m",
      "--reason",
      "test",
      ...gate.access,
    );
    expect(added).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^banned 127\.0\.0\.1\/32 until .*; 1 open/),
    });
    expect(await peer.readClose()).toMatchObject({ code: 4529 });
    const refused = await (await connectRaw(gate.port)).send(upgradeRequest({ lines: [PAGE] })).head();
    expect(refused.status).toBe(403);
    const listed = await callCommand("ban", "list", "--json", ...gate.access);
    expect(JSON.parse(listed.out)).toMatchObject({ bans: [{ cidr: "127.0.0.1/32", reason: "test" }] });
    expect(await callCommand("ban", "remove", "127.0.0.1", ...gate.access)).toMatchObject({ code: 0 });
    (await openRaw(gate.port, { lines: [PAGE] })).socket.destroy();
    expect(await callCommand("ban", "remove", "127.0.0.1", ...gate.access)).toMatchObject({ code: 2 });
  });

  it("says what is wrong with a ban, a token, and a gate that is not there", async () => {
    const gate = await startGate();
    expect(await callCommand("ban", "add", "127.0.0.1/8", ...gate.access)).toMatchObject({
      code: 2,
      err: expect.stringContaining("127.0.0.0/8"),
    });
    expect(await callCommand("ban", "add", "127.0.0.1", "--for", "soon", ...gate.access)).toMatchObject({
      code: 2,
    });
    expect(await callCommand("ban", "list", "--admin", gate.access[1] ?? "")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--token-file"),
    });
    expect(await callCommand("ban", "list", "--admin", "127.0.0.1:1")).toMatchObject({ code: 3 });
  });

  it("reloads, and keeps what is in force when the new configuration has problems", async () => {
    const gate = await startGate();
    const good = await readFile(gate.configFile, "utf8");
    await writeFile(gate.configFile, good.replace("http://app.example.com", "http://other.example.com"));
    const open = await openRaw(gate.port, { lines: [PAGE] });
    expect(await callCommand("reload", ...gate.access)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^reloaded, policy \w+: 0 connections go on, 1 were closed\n$/),
    });
    expect(await open.readClose()).toMatchObject({ code: 1008 });
    const refused = await (await connectRaw(gate.port)).send(upgradeRequest({ lines: [PAGE] })).head();
    expect(refused.status).toBe(403);
    await writeFile(gate.configFile, good.replace("identity: anonymous", "identiti: anonymous"));
    const failed = await callCommand("reload", ...gate.access);
    expect(failed).toMatchObject({ code: 2, err: expect.stringContaining("identity") });
    await writeFile(gate.configFile, good);
    expect(await callCommand("reload", ...gate.access)).toMatchObject({ code: 0 });
    (await openRaw(gate.port, { lines: [PAGE] })).socket.destroy();
  });

  it("lists the open connections, shows one, and ends them by id or by what they have in common", async () => {
    const tokens = await createTokens();
    const gate = await startGate(JSON.stringify(tokens.identity));
    const open = async (user: string): Promise<RawPeer> =>
      openRaw(gate.port, { lines: [PAGE, `Authorization: Bearer ${await tokens.sign(user)}`] });
    const [ada, bob, eve] = [await open("ada"), await open("bob"), await open("eve")];
    await ada.frame(op.text, "hello").readFrame();
    const listed = await callCommand("sessions", "list", "--json", "--user", "ada", ...gate.access);
    const { sessions } = JSON.parse(listed.out) as { sessions: { session: string }[] };
    expect(sessions).toEqual([
      expect.objectContaining({
        user: "ada",
        route: "/",
        address: "127.0.0.1",
        origin: "http://app.example.com",
        inbound: { messages: 1, bytes: 5 },
        outbound: { messages: 1, bytes: 5 },
        refreshable: false,
        expiresAt: expect.stringMatching(/^20/),
      }),
    ]);
    const page = await callCommand("sessions", "list", "--limit", "2", ...gate.access);
    expect(page.out.split("\n").map((line) => line.split(/ {2,}/)[1])).toEqual([
      "USER",
      "ada",
      "bob",
      undefined,
    ]);
    const cursor = /2 of 3; for the next: --cursor (\S+)/.exec(page.err)?.[1] ?? "";
    const next = await callCommand("sessions", "list", "--cursor", cursor, ...gate.access);
    expect(next).toMatchObject({ code: 0, out: expect.stringContaining("eve"), err: "" });
    const id = sessions[0]?.session ?? "";
    const one = await callCommand("sessions", "show", id, ...gate.access);
    expect(one.out).toMatch(/^session +\S+\n(.*\n)*inbound +1 \/ 5 B\n/);
    expect(await callCommand("sessions", "kill", id, "--reason", "left", ...gate.access)).toMatchObject({
      code: 0,
      out: "1 connections ended\n",
    });
    expect(await ada.readClose()).toMatchObject({ code: 4540 });
    expect(await callCommand("sessions", "kill", "nobody", ...gate.access)).toMatchObject({ code: 2 });
    expect(await callCommand("sessions", "kill", ...gate.access)).toMatchObject({
      code: 2,
      err: expect.stringContaining("not all of them"),
    });
    expect(await callCommand("sessions", "kill", "--user", "bob", ...gate.access)).toMatchObject({ code: 0 });
    expect(await bob.readClose()).toMatchObject({ code: 4540 });
    expect((await eve.frame(op.text, "still here").readFrame()).payload.toString()).toBe("still here");
    await gate.gate.says(/"event":"admin".*"path":"\/sessions\/kill".*left/);
  });

  it("revokes a user, ends their connections with 4540 within a second, lists it and takes it back", async () => {
    const tokens = await createTokens();
    const gate = await startGate(JSON.stringify(tokens.identity));
    const lines = [PAGE, `Authorization: Bearer ${await tokens.sign("ada")}`];
    const peer = await openRaw(gate.port, { lines });
    const revoked = await callCommand(
      "revoke",
      "--user",
      "ada",
      "--reason",
      "left",
      "--json",
      ...gate.access,
    );
    const { id } = JSON.parse(revoked.out) as { id: string };
    expect(await peer.readClose()).toMatchObject({ code: 4540 });
    expect((await (await connectRaw(gate.port)).send(upgradeRequest({ lines })).head()).status).toBe(401);
    const listed = await callCommand("revoke", "list", ...gate.access);
    expect(listed.out).toMatch(/^ID .*\n\S+ +user ada +yes +20\S+ +left\n$/);
    expect(await callCommand("revoke", "remove", id, ...gate.access)).toMatchObject({ code: 0 });
    (await openRaw(gate.port, { lines })).socket.destroy();
    expect(await callCommand("revoke", "remove", id, ...gate.access)).toMatchObject({ code: 2 });
    expect(await callCommand("revoke", ...gate.access)).toMatchObject({ code: 2 });
    expect(await callCommand("revoke", "--user", "a", "--seconds", "soon", ...gate.access)).toMatchObject({
      code: 2,
    });
    expect(
      await callCommand("revoke", "--issued-before", "2026-01-01T00:00:00Z", ...gate.access),
    ).toMatchObject({
      code: 2,
    });
  });

  it("finds the gate by its configuration, and lets a viewer read and nothing more", async () => {
    const viewer = ", tokens: [{ name: grafana, role: viewer, tokenFile: viewer.token }]";
    const gate = await startGate("anonymous", viewer);
    const [, admin = ""] = gate.access;
    const config = await readFile(gate.configFile, "utf8");
    const known = join(gate.directory, "known.yaml");
    await writeFile(known, config.replace("admin: { address: 127.0.0.1:0", `admin: { address: ${admin}`));
    expect(await callCommand("ban", "list", "--config", known)).toMatchObject({ code: 0, err: "" });
    const refused = await (
      await connectRaw(gate.port)
    )
      .send(upgradeRequest({ lines: ["Origin: null"] }))
      .head();
    const incident = /"incident":"([^"]+)"/.exec((await gate.gate.says(/"incident":"[^"]+"/))[0])?.[1] ?? "";
    expect(refused.status).toBe(403);
    expect(await callCommand("explain", incident, "--config", known)).toMatchObject({
      code: 0,
      out: expect.stringContaining("origin"),
    });
    expect(await callCommand("ban", "list", "--config", gate.configFile)).toMatchObject({
      code: 2,
      err: expect.stringContaining("asks for a free port"),
    });
    const without = join(gate.directory, "without.yaml");
    await writeFile(without, config.replace(/^admin: .*$/m, ""));
    expect(await callCommand("ban", "list", "--config", without)).toMatchObject({
      code: 2,
      err: expect.stringContaining("Write `admin: { address:"),
    });
    expect(await callCommand("ban", "list", "--config", join(gate.directory, "none.yaml"))).toMatchObject({
      code: 2,
    });
    expect(await callCommand("ban", "list")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--admin"),
    });
    const access = ["--admin", `http://${admin}`, "--token-file", join(gate.directory, "viewer.token")];
    expect(await callCommand("sessions", "list", ...access)).toMatchObject({ code: 0 });
    expect(await callCommand("reload", ...access)).toMatchObject({
      code: 2,
      err: expect.stringContaining("the role admin is needed"),
    });
    expect(await callCommand("sessions", "list", "--admin", `http://${admin}/x`)).toMatchObject({ code: 2 });
  });

  it("drains when it is asked over the API, as on SIGTERM", async () => {
    const gate = await startGate();
    const peer = await openRaw(gate.port, { lines: [PAGE] });
    const [, admin = ""] = gate.access;
    const token = (await readFile(join(gate.directory, "admin.token"), "utf8")).trim();
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`http://${admin}/drain`, { method: "POST", headers });
    expect([answer.status, await answer.json()]).toEqual([202, { draining: true, connections: 1 }]);
    expect(await peer.readClose()).toMatchObject({ code: 1012 });
    peer.close(1012).socket.end();
    expect(await gate.gate.exit()).toBe(0);
  });
});
