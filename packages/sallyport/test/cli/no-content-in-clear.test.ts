import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startApplication } from "../gateway/harness.ts";
import { startSallyport, temporaryDirectory } from "./sallyport-process.ts";

const origin = "https://app.example.com";
/** A number that cards are tested with, and a text that only this test writes. */
const card = "5105 1051 0510 5100";
const canary = `quokka${randomBytes(8).toString("hex")}`;

/** Everything that reads messages, all of it told, and everything kept. */
const config = (upstream: string): string => `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin: { address: 127.0.0.1:0, tokenFile: ./admin.token }
log: { format: json, level: debug }
journal: { directory: ./journal, key: "\${env:JOURNAL_KEY}", payloads: full, retain: 1d }
routes:
  - path: /
    upstream: ${upstream}
    identity: anonymous
    origin: { allow: [${origin}] }
    dialect: json
    messageSchema: { inbound: ./say.schema.json }
    threat: { sanitize: [/html] }
    permission: { otherwise: allow, rules: [{ when: 'message.name == "admin"', allow: "false" }] }
    leak: { action: redact, canaries: ["${canary}-leaks"] }
`;

const schema = {
  type: "object",
  required: ["type"],
  properties: { type: { enum: ["say", "admin"] }, text: { type: "string", maxLength: 100 } },
};

/** What a client says, each in a connection of its own, and what becomes of the connection. */
const said: readonly (readonly [string, string])[] = [
  [`{"type":"say","text":"${canary}"}`, "open"],
  [`{"type":"say","text":"card ${card} ${canary}-leaks"}`, "open"],
  [`{"type":"say","html":"<b onclick=${canary}>${canary}</b>"}`, "open"],
  [`{"type":"${canary}"}`, "4522"],
  [`{"type":"say","text":${JSON.stringify(`${canary} `.repeat(20))}}`, "4522"],
  [`{"type":"say","${canary} name":{"__proto__":1}}`, "4522"],
  [`{"type":"say","${card}":"' OR '1'='1' -- ${canary}"}`, "4522"],
  [`{"type":"admin","text":"${canary}"}`, "4503"],
  [`{"type":"say","text":"${canary}"`, "4522"],
];

async function tell(port: number, text: string): Promise<string> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { origin });
  onTestFinished(() => client.terminate());
  await once(client, "open");
  const [closed, answered] = [once(client, "close"), once(client, "message")];
  client.send(text);
  return await Promise.race([closed.then(([code]) => String(code)), answered.then(() => "open")]);
}

/** The bytes of every file below a directory. */
async function everyFile(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const bytes = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1")),
  );
  return bytes.join("\n");
}

describe("what people say to each other", () => {
  it("stands nowhere in clear: in no log at any level, no metric, no answer to an operator, no file", async () => {
    const application = await startApplication();
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "say.schema.json"), JSON.stringify(schema));
    await writeFile(join(directory, "sallyport.yaml"), config(application.url));
    const gate = startSallyport(["run", "--config", "sallyport.yaml"], {
      directory,
      env: { JOURNAL_KEY: randomBytes(32).toString("base64") },
    });
    const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
    const adminUrl = (await gate.says(/^admin on (\S+)\n/m))[1] ?? "";
    const codes: string[] = [];
    for (const [text] of said) codes.push(await tell(port, text));
    expect(codes).toEqual(said.map(([, code]) => code));
    const token = (await readFile(join(directory, "admin.token"), "utf8")).trim();
    const headers = { Authorization: `Bearer ${token}` };
    const pages = await Promise.all(
      ["/metrics", "/sessions", "/policy"].map(async (path) =>
        (await fetch(new URL(path, adminUrl), { headers })).text(),
      ),
    );
    gate.child.kill("SIGTERM");
    expect(await gate.exit()).toBe(0);
    const { out, err } = gate.written();
    // So that what follows says something: all of it was decided, told and kept.
    for (const code of [
      "threat.signature",
      "threat.hygiene",
      "threat.sanitized",
      "leak.redacted",
      "messageSchema.",
      "permission.message",
    ])
      expect(out + err).toContain(code);
    const kept = await everyFile(join(directory, "journal"));
    expect(kept.length).toBeGreaterThan(1000);
    for (const written of [out, err, ...pages, kept])
      for (const secret of [canary, card, card.replaceAll(" ", "")]) expect(written).not.toContain(secret);
  });
});
