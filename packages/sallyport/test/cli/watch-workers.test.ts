import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startApplication } from "../gateway/harness.ts";
import { op, type RawPeer } from "../gateway/raw-client.ts";
import { callCommand } from "./call-command.ts";
import { startSallyport, temporaryDirectory } from "./sallyport-process.ts";
import { knock, open, scanRule } from "./watched-gate.ts";

const ATTACKER = "127.0.0.2";
const SLOW_MS = 240_000;

describe("sallyport watch, on a gate of several workers", { timeout: SLOW_MS }, () => {
  it("adds up what workers see, answers in all of them, records it, and takes it back by one command", async () => {
    const [application, directory] = [await startApplication(), await temporaryDirectory()];
    const configFile = join(directory, "sallyport.yaml");
    await writeFile(join(directory, "journal.key"), randomBytes(32).toString("base64"), { mode: 0o600 });
    await writeFile(
      configFile,
      JSON.stringify({
        version: 1,
        listen: [{ address: "127.0.0.1:0", tls: "off" }],
        admin: { address: "127.0.0.1:0", tokenFile: "admin.token" },
        journal: { directory: "journal", keyFile: "journal.key" },
        watch: { rules: [scanRule("ban", { count: 12 })] },
        routes: [{ path: "/chat", upstream: application.url, identity: "anonymous" }],
      }),
    );
    const gate = startSallyport(["run", "--config", configFile, "--workers", "2"], { withinMs: SLOW_MS / 2 });
    const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
    const admin = (await gate.says(/admin on http:\/\/(\S+)\n/))[1] ?? "";
    const access = ["--admin", admin, "--token-file", join(directory, "admin.token")];

    const peers: RawPeer[] = [];
    const admitted = (): Set<string | undefined> =>
      new Set(
        [...gate.written().err.matchAll(/"worker":(\d+).*"event":"open"/g)].map(([, worker]) => worker),
      );
    while (admitted().size < 2 && peers.length < 60) {
      const peer = await open(port, { from: ATTACKER });
      await peer.frame(op.text, "hello").readFrame();
      peers.push(peer);
    }
    expect(admitted().size).toBe(2);
    for (let index = 0; index < 16; index++) await knock(port, { target: `/no-${index}`, from: ATTACKER });
    const [, incident = ""] = await gate.says(/"event":"finding".*?"incident":"([\w-]{12})"/);
    for (const peer of peers) expect(await peer.readClose()).toMatchObject({ code: 4529 });
    for (let count = 0; count < 8; count++) expect(await knock(port, { from: ATTACKER })).toBe(403);

    const listed = await callCommand("watch", "list", ...access);
    expect(listed.out).toMatch(
      new RegExp(
        `${incident} +three-paths +medium +address 127\\.0\\.0\\.2 .*ban: 127\\.0\\.0\\.2/32 is banned until`,
      ),
    );
    const asJson = JSON.parse((await callCommand("watch", "list", "--json", ...access)).out);
    expect(asJson).toMatchObject({ findings: [{ incident, undoneAt: null }], kept: 1, next: null });
    expect((await callCommand("explain", incident, ...access)).out).toContain(
      `sallyport watch undo ${incident}`,
    );

    const status = await callCommand("watch", "status", ...access);
    expect(status.out).toMatch(/^watch enforce\n[\s\S]*handshakeScan +0 [\s\S]*three-paths +1 /);

    const undone = await callCommand("watch", "undo", incident, ...access);
    expect(undone).toMatchObject({
      code: 0,
      out: `${incident} is taken back: lifted the ban of 127.0.0.2/32\n`,
    });
    for (let count = 0; count < 8; count++) expect(await knock(port, { from: ATTACKER })).toBe(101);
    expect((await callCommand("watch", "undo", incident, "--json", ...access)).out).toContain(
      '"already":true',
    );
    expect(await callCommand("watch", "undo", "unheard-of", ...access)).toMatchObject({ code: 2 });

    const found = await callCommand(
      "journal",
      "search",
      "--type",
      "finding",
      "--address",
      ATTACKER,
      "--config",
      configFile,
    );
    expect(found.out).toMatch(new RegExp(`noticed +.*three-paths \\(medium\\).*incident ${incident}`));
    const back = await callCommand(
      "journal",
      "search",
      "--type",
      "admin",
      "--text",
      incident,
      "--config",
      configFile,
    );
    expect(back.out).toContain("lifted the ban of 127.0.0.2/32");
    gate.child.kill("SIGTERM");
    expect(await gate.exit(SLOW_MS / 2)).toBe(0);
  });
});
