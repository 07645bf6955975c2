import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { main } from "./main.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-cli-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function call(...argv: readonly string[]): Promise<Outcome> {
  let [out, err] = ["", ""];
  const code = await main(argv, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    colour: false,
    directory,
  });
  return { code, out, err };
}

async function write(name: string, value: unknown): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

const whole = {
  version: 1,
  listen: [{ address: "127.0.0.1:8443", tls: "off" }],
  routes: [
    {
      path: "/chat",
      upstream: "ws://127.0.0.1:3000",
      identity: "anonymous",
      heartbeat: "off",
      origin: { mode: "observe" },
    },
  ],
};

describe("main", () => {
  it("prints the version of the package", async () => {
    expect(await call("--version")).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  it.each([["--help"], ["run", "--help"]])("prints help with examples for %s", async (...argv) => {
    expect(await call(...argv)).toMatchObject({ code: 0, out: expect.stringContaining("Examples:") });
  });

  it("says nothing of switches that are off and lists that are empty", async () => {
    for (const command of ["run", "check", "dev-token", "test"]) {
      const { out } = await call(command, "--help");
      expect(out).toContain("Options:");
      expect(out).not.toMatch(/default: (false|\[)/);
    }
  });

  it.each([[], ["nope"], ["explain"], ["run", "--nope"], ["check", "a", "b"], ["run", "--listen"]])(
    "exits 2 on the usage error %j",
    async (...argv) => {
      expect(await call(...argv.flat())).toMatchObject({ code: 2, out: "" });
    },
  );

  it("refuses --config beside flags that say what to serve", async () => {
    const outcome = await call("run", "--config", "a.yaml", "--listen", "127.0.0.1:0");
    expect(outcome).toMatchObject({ code: 2, err: expect.stringContaining("--config") });
  });

  it("says how to start where nothing says what to serve", async () => {
    expect(await call("run")).toMatchObject({
      code: 2,
      err: expect.stringContaining("sallyport run --listen"),
    });
  });
});

describe("check", () => {
  it("reads ./sallyport.yaml where no file is named", async () => {
    expect(await call("check")).toMatchObject({ code: 2, err: expect.stringContaining("sallyport.yaml") });
    await write("sallyport.yaml", whole);
    expect(await call("check")).toMatchObject({ code: 0, err: "" });
  });

  it("takes the file as the other commands do, and once", async () => {
    const file = await write("a.yaml", whole);
    expect(await call("check", "--config", file)).toMatchObject({ code: 0, err: "" });
    expect(await call("check", file, "--config", file)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("named twice"),
    });
  });

  it("prints what every guard of every route will enforce", async () => {
    const outcome = await call("check", await write("a.yaml", whole));
    expect(outcome).toMatchObject({ code: 0, err: "" });
    expect(outcome.out).toContain("/chat → ws://127.0.0.1:3000  http: refuse  compression: off\n");
    expect(outcome.out).toMatch(/messageSize +enforce +inbound: 1MiB, outbound: 16MiB/);
    expect(outcome.out).toMatch(/heartbeat +off/);
    expect(outcome.out).toMatch(/origin +observe/);
  });

  it("prints what the journal keeps of each route, and nothing of its key", async () => {
    const key = Buffer.alloc(32, "0123456789").toString("base64");
    const journal = { directory: "journal", key, retain: "30d", checkpoints: "checkpoints" };
    const routes = [{ ...whole.routes[0], journal: { payloads: "full", sample: 0.1 } }];
    const file = await write("a.yaml", { ...whole, journal, routes });
    const outcome = await call("check", file);
    expect(outcome).toMatchObject({ code: 0, err: "" });
    expect(outcome.out).toContain(
      `journal ${join(directory, "journal")}  key: from the configuration  checkpoints: ${join(directory, "checkpoints")}  retain: 30d  whenFull: shed\n`,
    );
    expect(outcome.out).toContain("journal: every message; payloads: full of 10 % of them\n");
    const json = await call("check", file, "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      journal: { key: "from the configuration", retain: { age: "30d", size: null } },
      routes: [{ journal: { payloads: "full", sample: 0.1 } }],
    });
    expect(`${outcome.out}${json.out}`).not.toContain(key);
  });

  it("prints every problem at once on standard error, and exits 2", async () => {
    const outcome = await call("check", await write("a.yaml", { ...whole, nope: 1, state: "redis" }));
    expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringContaining("2 problems") });
  });

  it("names a file that is not there, and exits 2", async () => {
    const outcome = await call("check", join(directory, "missing.yaml"));
    expect(outcome).toMatchObject({ code: 2, err: expect.stringContaining("no such file") });
  });

  it("answers as JSON on request", async () => {
    const good = await call("check", await write("a.yaml", whole), "--json");
    expect(JSON.parse(good.out)).toMatchObject({
      ok: true,
      problems: [],
      routes: [
        {
          route: "/chat",
          guards: expect.arrayContaining([{ guard: "heartbeat", mode: "off", options: {} }]),
        },
      ],
    });
    const bad = await call("check", await write("b.yaml", "version: 2\n"), "--json");
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.out)).toMatchObject({
      ok: false,
      policy: null,
      problems: expect.arrayContaining([expect.objectContaining({ path: "version", line: 1 })]),
    });
  });

  it("exits 3 when a key set cannot be reached, and 0 when it can", async () => {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ keys: [{ ...key, kid: "k", alg: "ES256", use: "sig" }] }));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const jwt = { issuer: "i", audience: "a", jwks: `http://127.0.0.1:${port}/jwks` };
    const file = await write("a.yaml", { ...whole, routes: [{ ...whole.routes[0], identity: { jwt } }] });
    const reached = await call("check", file);
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
    expect(reached).toMatchObject({ code: 0, err: "" });
    expect(await call("check", file)).toMatchObject({
      code: 3,
      err: expect.stringContaining("routes[0].identity"),
    });
  });

  it("exits 3 when the engine of the state cannot be reached, and shows no password of it", async () => {
    // Nobody listens at the port of tcpmux.
    const checked = await call(
      "check",
      await write("a.yaml", { ...whole, state: "redis://gate:hunter2@127.0.0.1:1" }),
    );
    expect(checked).toMatchObject({ code: 3, err: expect.stringContaining("redis://127.0.0.1:1: ") });
    expect(checked.out + checked.err).not.toContain("hunter2");
  });
});

describe("explain", () => {
  it.each([
    ["origin.allow", "routes[].origin.allow"],
    ["routes[0].origin.allow", "routes[].origin.allow"],
    ["defaults.origin", "routes[].origin"],
    ["authenticateWithin", "routes[].connectionLimit.authenticateWithin"],
    ["tls.profile", "listen[].tls.profile"],
    ["version", "version"],
  ])("finds the key %s", async (subject, key) => {
    const outcome = await call("explain", subject);
    expect(outcome).toMatchObject({ code: 0, err: "" });
    expect(outcome.out.split("\n")[0]).toBe(key);
  });

  it("prints type, default, unit and the errors of a key", async () => {
    const { out } = await call("explain", "messageSize.inbound");
    expect(out).toMatch(/type +size/);
    expect(out).toMatch(/default +1MiB/);
    expect(out).toMatch(/unit +.*64KiB/);
    expect(out).toContain("messageSize.bytes");
  });

  it("names the options right below a key, whatever their names hold", async () => {
    const { out } = await call("explain", "dialect");
    expect(out).toContain(
      "options  mode, operations, json, json-rpc, graphql-transport-ws, socket.io, mqtt, text, binary\n",
    );
    expect((await call("explain", "messageRate.rules")).out).toContain("options  name, when, rate, burst\n");
  });

  it("explains an error code", async () => {
    const outcome = await call("explain", "origin.foreign");
    expect(outcome).toMatchObject({ code: 0, out: expect.stringMatching(/HTTP 403[^]*origin\.allow/) });
  });

  it.each([
    ["orgin.allow", "origin.allow"],
    ["origin.foriegn", "origin.foreign"],
  ])("suggests the nearest for %s, and exits 2", async (subject, meant) => {
    expect(await call("explain", subject)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`\`${meant}\``),
    });
  });

  it("is not fooled by names that every object has", async () => {
    expect(await call("explain", "constructor")).toMatchObject({ code: 2, out: "" });
  });

  it("looks an incident up in a running gate, with its token", async () => {
    const event = {
      code: "origin.foreign",
      guard: "origin",
      detail: "found \u001b[2J\u202e\u2028 https://evil.example",
      route: "/chat",
    };
    const server = createServer((request, response) => {
      const known = request.url === "/incidents/abc123";
      if (request.headers.authorization !== "Bearer secret-token") response.writeHead(401).end();
      else response.writeHead(known ? 200 : 404).end(known ? JSON.stringify(event) : "");
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const admin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tokenFile = await write("token", "secret-token\n");
    const found = await call("explain", "abc123", "--admin", admin, "--token-file", tokenFile);
    expect(found).toMatchObject({
      code: 0,
      out: expect.stringMatching(/evil\.example[^]*to allow +Add it to `origin\.allow`/),
    });
    for (const acted of ["\u001b", "\u202e", "\u2028"]) expect(found.out).not.toContain(acted);
    expect(await call("explain", "abc124", "--admin", admin, "--token-file", tokenFile)).toMatchObject({
      code: 2,
    });
    expect(await call("explain", "abc123", "--admin", admin)).toMatchObject({
      code: 2,
      err: expect.stringContaining("--token-file"),
    });
  });

  it("asks the gate of ./sallyport.yaml about what looks like an incident, and not about a mistyped key", async () => {
    const unknown = await call("explain", "W33EVgeFke0D");
    expect(unknown).toMatchObject({
      code: 2,
      err: expect.stringContaining("explain INCIDENT --config FILE"),
    });
    await write("sallyport.yaml", whole);
    expect((await call("explain", "W33EVgeFke0D")).err).toContain("it has no `admin`");
    expect((await call("explain", "messageRates")).err).toContain("Did you mean `messageRate`?");
  });

  it("exits 3 where no gate answers, and 2 where the address or the token file is wrong", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => void server.close(resolve));
    expect(await call("explain", "abc", "--admin", `127.0.0.1:${port}`)).toMatchObject({
      code: 3,
      err: expect.stringContaining(`127.0.0.1:${port}: connect ECONNREFUSED`),
    });
    expect(await call("explain", "abc", "--admin", "nowhere")).toMatchObject({ code: 2 });
    expect(await call("explain", "../x", "--admin", "127.0.0.1:1")).toMatchObject({ code: 2 });
    expect(await call("explain", "abc", "--admin", "127.0.0.1:1", "--token-file", "/no/such")).toMatchObject({
      code: 2,
    });
  });
});
