import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { portOf, startApplication } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, upgradeRequest } from "../gateway/raw-client.ts";
import { startSallyport, temporaryDirectory, type SallyportProcess } from "./sallyport-process.ts";

const runFlags = (to: string, ...more: readonly string[]): string[] =>
  `run --listen 127.0.0.1:0 --to ${to} --tls off --origin http://app.example.com --identity anonymous --journal off`
    .split(" ")
    .concat(more);

async function listening(gate: SallyportProcess): Promise<number> {
  return Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
}

const config = (upstream: string, page: string, extra = ""): string => `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
${extra}routes:
  - path: /
    upstream: ${upstream}
    identity: anonymous
    origin: { allow: [${page}] }
`;

describe("sallyport run", () => {
  it("carries a ws echo server from flags alone, tells what it decides, and exits 0 on SIGTERM after 1012", async () => {
    const application = await startApplication();
    const gate = startSallyport(runFlags(application.url));
    const port = await listening(gate);
    expect((await fetch(`http://127.0.0.1:${port}/.sallyport/ready`)).status).toBe(200);
    const peer = await openRaw(port, { lines: ["Origin: http://app.example.com"] });
    expect((await peer.frame(op.text, "hello").readFrame()).payload.toString()).toBe("hello");
    const hijack = await (
      await connectRaw(port)
    )
      .send(upgradeRequest({ lines: ["Origin: http://evil.example"] }))
      .head();
    expect(hijack.status).toBe(403);
    const refused = await gate.says(/^\{.*"code":"origin\.foreign".*\}$/m);
    expect(JSON.parse(refused[0])).toMatchObject({
      level: "warn",
      event: "handshake",
      status: 403,
      address: "127.0.0.1",
    });
    gate.child.kill("SIGTERM");
    expect(await peer.readClose()).toMatchObject({ code: 1012 });
    peer.close(1012).socket.end();
    expect(await gate.exit()).toBe(0);
    expect(gate.written().out).toBe(`listening on http://127.0.0.1:${port}\n`);
  });

  it("exits 3 when the port is in use, and says so with the mend", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const port = portOf(server.address());
    const gate = startSallyport(runFlags("ws://127.0.0.1:1", `--listen=127.0.0.1:${port}`));
    expect(await gate.exit()).toBe(3);
    expect(gate.written()).toEqual({
      out: "",
      err: expect.stringContaining(`127.0.0.1:${port} is in use: choose another`),
    });
  });

  it("exits 3 and leaves nothing open when the admin port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const gate = startSallyport(
      runFlags("ws://127.0.0.1:1", "--admin", `127.0.0.1:${portOf(server.address())}`),
    );
    expect(await gate.exit()).toBe(3);
    expect(gate.written().out).toBe("");
  });

  it("exits 2 with every problem of a configuration at once", async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, "sallyport.yaml");
    await writeFile(
      file,
      "version: 1\nlisten: [{ address: 127.0.0.1:0, tsl: off }]\nroutes:\n  - path: chat\n    upstream: ws://127.0.0.1:1\n",
    );
    const gate = startSallyport(["run", "--config", file]);
    expect(await gate.exit()).toBe(2);
    const { out, err } = gate.written();
    expect(out).toBe("");
    for (const key of ["tsl", "routes[0].path", "identity"]) expect(err).toContain(key);
  });

  it("reloads on SIGHUP, for open connections, too; a configuration with mistakes changes nothing", async () => {
    const application = await startApplication();
    const directory = await temporaryDirectory();
    const file = join(directory, "sallyport.yaml");
    await writeFile(file, config(application.url, "http://one.example.com"));
    const gate = startSallyport(["run", "--config", file]);
    const port = await listening(gate);
    const knock = async (page: string): Promise<number> =>
      (await (await connectRaw(port)).send(upgradeRequest({ lines: [`Origin: ${page}`] })).head()).status;
    const old = await openRaw(port, { lines: ["Origin: http://one.example.com"] });
    await writeFile(file, config(application.url, "http://two.example.com"));
    gate.child.kill("SIGHUP");
    await gate.says(/"reloaded"/);
    expect([await knock("http://one.example.com"), await knock("http://two.example.com")]).toEqual([
      403, 101,
    ]);
    await writeFile(file, "version: 2\n");
    gate.child.kill("SIGHUP");
    await gate.says(/reload failed/);
    expect(await knock("http://two.example.com")).toBe(101);
    expect(await old.readClose()).toMatchObject({ code: 1008 });
  });

  it("changes the level of its log on a reload; what needs a restart is refused, all of it at once", async () => {
    const application = await startApplication();
    const directory = await temporaryDirectory();
    const file = join(directory, "sallyport.yaml");
    const write = (more: string): Promise<void> =>
      writeFile(file, config(application.url, "http://app.example.com", more));
    await write("log: { level: warn }\n");
    const gate = startSallyport(["run", "--config", file]);
    const port = await listening(gate);
    const open = (): Promise<unknown> => openRaw(port, { lines: ["Origin: http://app.example.com"] });
    await open();
    await write("log: { level: info }\n");
    gate.child.kill("SIGHUP");
    await gate.says(/"reloaded"/);
    await open();
    await gate.says(/connection admitted/);
    expect(gate.written().err.match(/connection admitted/g)).toHaveLength(1);
    await write("log: { level: info, format: pretty }\nadmin: { address: 127.0.0.1:0 }\n");
    gate.child.kill("SIGHUP");
    const [, detail] = await gate.says(/"detail":"([^"]*)".*reload failed/);
    expect(detail).toBe(
      "`admin` has changed: that needs a restart; `log.format` has changed: that needs a restart",
    );
  });

  it("serves its admin API: metrics for all on loopback, the rest for holders of the token, nothing for pages", async () => {
    const application = await startApplication();
    const directory = await temporaryDirectory();
    const file = join(directory, "sallyport.yaml");
    await writeFile(
      file,
      config(
        application.url,
        "http://app.example.com",
        "admin: { address: 127.0.0.1:0, tokenFile: admin.token }\n",
      ),
    );
    const token = "a-token-of-more-than-16-characters";
    await writeFile(join(directory, "admin.token"), `${token}\n`, { mode: 0o600 });
    const gate = startSallyport(["run", "--config", file]);
    const port = await listening(gate);
    const admin = (await gate.says(/admin on (http:\/\/\S+)\n/))[1] ?? "";
    const ask = async (
      path: string,
      init: { method?: string; body?: string; headers?: Record<string, string> } = {},
    ): Promise<Response> =>
      await fetch(admin + path, { ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } });
    const peer = await openRaw(port, { lines: ["Origin: http://app.example.com"] });
    peer.frame(op.text, "counted");
    await peer.readFrame();
    const foreign = await (
      await connectRaw(port)
    )
      .send(upgradeRequest({ lines: ["Origin: http://evil.example"] }))
      .head();
    expect(foreign.status).toBe(403);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toContain('sallyport_connections_active{route="/"} 1');
    expect(metrics).toContain('sallyport_messages_total{route="/",direction="inbound"} 1');
    expect(metrics).toContain(
      'sallyport_handshakes_total{route="/",verdict="refuse",guard="origin",code="origin.foreign"} 1',
    );
    expect(metrics).toContain("sallyport_ready 1");
    expect(metrics).not.toContain("evil");
    expect((await fetch(`${admin}/bans`)).status).toBe(401);
    expect((await ask("/bans", { headers: { Authorization: `Bearer ${token}x` } })).status).toBe(401);
    expect((await ask("/bans", { headers: { Origin: "http://127.0.0.1" } })).status).toBe(403);
    const rebound = await connectRaw(Number(new URL(admin).port));
    expect((await rebound.send("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n").head()).status).toBe(
      403,
    );
    const [, incident = ""] = await gate.says(/"incident":"([^"]+)"/);
    expect(await (await ask(`/incidents/${incident}`)).json()).toMatchObject({
      code: "origin.foreign",
      incident,
    });
    expect((await ask("/incidents/none")).status).toBe(404);
    const tooLong = await ask("/bans", {
      method: "POST",
      body: JSON.stringify({ address: "192.0.2.1", reason: "x".repeat(20_000) }),
    });
    expect(tooLong.status).toBe(422);
    const ban = await ask("/bans", {
      method: "POST",
      body: JSON.stringify({ address: "127.0.0.1", reason: "tëst" }),
    });
    expect([ban.status, await ban.json()]).toEqual([
      200,
      expect.objectContaining({ cidr: "127.0.0.1/32", reason: "tëst", closed: 1 }),
    ]);
    expect(await peer.readClose()).toMatchObject({ code: 4529 });
    expect((await (await connectRaw(port)).send(upgradeRequest()).head()).status).toBe(403);
    expect((await ask("/bans/127.0.0.1%2F32", { method: "DELETE" })).status).toBe(200);
    await writeFile(file, "version: 2\n");
    const reload = await ask("/reload", { method: "POST" });
    expect([reload.status, await reload.json()]).toEqual([422, expect.objectContaining({ reloaded: false })]);
  });
});

describe("sallyport run, when it is to end", () => {
  it("ends also where somebody keeps asking on a connection that had something to answer just then", async () => {
    const application = await startApplication();
    const gate = startSallyport(runFlags(application.url));
    const port = await listening(gate);
    const alive = "GET /.sallyport/live HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const patient = connect(port, "127.0.0.1").on("error", () => {});
    // The next request begins in the piece in which the first one is: it has begun once that is answered.
    patient.write(`${alive}\r\n${alive}`);
    let heard = String(await once(patient, "data"));
    expect(heard).not.toContain("Connection: close");
    gate.child.kill("SIGTERM");
    await gate.says(/draining/);
    // From then on it asks for the next one as soon as there is an answer.
    patient.on("data", (data: Buffer) => {
      heard += data.toString("latin1");
      patient.write(`\r\n${alive}`);
    });
    patient.write("\r\n");
    expect(await gate.exit()).toBe(0);
    expect(heard).toContain("Connection: close");
    patient.destroy();
  });
});

const oldNode = "/usr/bin/node";

describe.skipIf(!existsSync(oldNode))("the launcher under the system's Node", () => {
  it("hands over, passes signals and the exit code on", async () => {
    const application = await startApplication();
    const gate = startSallyport(runFlags(application.url), { node: oldNode });
    await listening(gate);
    gate.child.kill("SIGTERM");
    expect(await gate.exit()).toBe(0);
    expect(await startSallyport(["nope"], { node: oldNode }).exit()).toBe(2);
  });

  it("takes the gate along when it is killed itself", async () => {
    const application = await startApplication();
    const gate = startSallyport(runFlags(application.url), { node: oldNode });
    const port = await listening(gate);
    gate.child.kill("SIGKILL");
    const reachable = async (): Promise<boolean> =>
      await fetch(`http://127.0.0.1:${port}/.sallyport/live`).then(
        () => true,
        () => false,
      );
    await expect.poll(reachable).toBe(false);
  });
});
