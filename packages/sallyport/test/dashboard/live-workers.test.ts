import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startSallyport, temporaryDirectory } from "../cli/sallyport-process.ts";
import { startApplication } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, upgradeRequest } from "../gateway/raw-client.ts";
import { openLive } from "./live-page.ts";

const PAGE = "http://app.example.com";
/** Three processes start; on a machine that does much else, slowly. */
const SLOW_MS = 180_000;

async function signIn(admin: string, file: string): Promise<string> {
  const token = (await readFile(file, "utf8")).trim();
  const answer = await fetch(`${admin}/dashboard/session`, {
    method: "POST",
    headers: { Origin: admin, "Sallyport-Request": "1" },
    body: JSON.stringify({ token }),
  });
  return answer.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
}

describe("the dashboard of a gate with workers", () => {
  it(
    "shows what all of them do, and what a reload takes from a token it takes from who has signed in",
    async () => {
      const [application, directory] = [await startApplication(), await temporaryDirectory()];
      const configFile = join(directory, "sallyport.yaml");
      await writeFile(
        configFile,
        `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin:
  address: 127.0.0.1:0
  tokenFile: admin.token
  tokens: [{ name: ops, role: operator, tokenFile: ops.token }]
routes:
  - { path: /, upstream: "${application.url}", identity: anonymous, origin: { allow: ["${PAGE}"] } }
`,
      );
      const gate = startSallyport(["run", "--config", configFile, "--workers", "2"], {
        withinMs: SLOW_MS / 2,
      });
      const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
      const admin = (await gate.says(/admin on (http:\/\/\S+)\n/))[1] ?? "";
      const [first, ops] = [
        await signIn(admin, join(directory, "admin.token")),
        await signIn(admin, join(directory, "ops.token")),
      ];
      const page = await openLive({ url: admin, cookie: first });
      const other = await openLive({ url: admin, cookie: ops });
      await other.until("hello");
      page.subscribe("samples", "events");
      await page.until("history");
      const peers = await Promise.all(
        Array.from({ length: 16 }, () => openRaw(port, { lines: [`Origin: ${PAGE}`] })),
      );
      for (const peer of peers) await peer.frame(op.text, "hello").readFrame();
      for (let count = 0; count < 8; count++)
        await (
          await connectRaw(port)
        )
          .send(upgradeRequest({ lines: ["Origin: https://evil.example"] }))
          .head();
      // Whichever of them the system gave them to.
      await page.until("sample", ({ connections }) => connections === peers.length);
      await page.until("sample", ({ perRoute }) => (perRoute["/"]?.messagesIn ?? 0) > 0);
      const seen = (): number =>
        page.told
          .flatMap((message) => (message.type === "events" ? message.events : []))
          .filter(({ type }) => type === "handshake").length;
      await expect.poll(seen, { timeout: SLOW_MS / 4 }).toBe(8);

      await writeFile(join(directory, "ops.token"), `${"n".repeat(32)}\n`);
      gate.child.kill("SIGHUP");
      expect(await other.ended()).toBe(4540);
      expect(page.socket.readyState).toBe(1);
      const refused = await fetch(`${admin}/bans`, { headers: { Cookie: ops, "Sallyport-Request": "1" } });
      expect(refused.status).toBe(401);
      await writeFile(configFile, "version: 2\n");
      gate.child.kill("SIGHUP");
      await page.until("problems", ({ problems }) =>
        problems.some((problem) => problem.includes("is not in force")),
      );
      // Who does not answer a Close is waited for.
      for (const peer of peers) peer.socket.destroy();
      gate.child.kill("SIGTERM");
      expect(await page.ended()).toBe(1012);
      expect(await gate.exit()).toBe(0);
    },
    SLOW_MS,
  );
});
