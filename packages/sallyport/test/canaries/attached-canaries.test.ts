import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../cli/sallyport-process.ts";
import { bytesOf } from "../gateway/harness.ts";
import { guardServer, wsApplication } from "../hosts/guarded-server.ts";
import { Canaries } from "./canary.ts";
import { leaksOf, Outputs } from "./outputs.ts";
import { plantSecrets } from "./planted.ts";
import { schema, useTickets, visit } from "./visit.ts";
import { makeVisits, PAGE } from "./visits.ts";

const SLOW_MS = 180_000;
/** What needs an application elsewhere, or a provider. */
const ELSEWHERE = /^(upstream|identity\.unavailable)/;

describe("secrets and content, attached to a server", () => {
  it("stand in no event and no answer", { timeout: SLOW_MS }, async () => {
    const canaries = new Canaries();
    const planted = plantSecrets(canaries);
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "secrets"));
    await writeFile(join(directory, "secrets/jwt"), planted.jwtSecret, { mode: 0o600 });
    await writeFile(join(directory, "say.schema.json"), JSON.stringify(schema));
    const outputs = new Outputs();
    const { server } = wsApplication((socket, request) => {
      outputs.add("heads to applications", `${request.url}\n${request.rawHeaders.join("\n")}`);
      socket.on("message", (data) => {
        outputs.add("messages to the application", bytesOf(data));
        socket.send(bytesOf(data).toString());
        if (String(bytesOf(data)).includes("end")) socket.close(4100, "the end");
      });
      socket.on("close", (_, reason) => outputs.add("messages to the application", reason));
    });
    const jwt = {
      issuer: "https://id.example.com",
      audience: "chat",
      secretFile: "./secrets/jwt",
      cookie: "tok",
      unsafeQueryParameter: "access_token",
      strip: true,
    };
    const origin = { allow: [PAGE] };
    const open = { identity: "anonymous", origin } as const;
    const gate = await guardServer("attach", server, {
      directory,
      routes: [
        {
          path: "/chat",
          identity: { jwt },
          origin,
          dialect: "json",
          messageSize: { inbound: "64KiB" },
          messageSchema: { inbound: "./say.schema.json" },
          threat: {},
          leak: { action: "redact", canaries: [planted.leakCanary] },
          permission: { otherwise: "allow", rules: [{ when: 'message.name == "admin"', allow: "false" }] },
        },
        { path: "/tokens", identity: { jwt }, origin, messageToken: { pointer: "/token", strip: true } },
        { path: "/tickets", ...open, ticket: "require" },
        { path: "/open", ...open },
        { path: "/denied", ...open, firewall: { deny: ["127.0.0.0/8"] } },
        { path: "/forbidden", ...open, permission: { otherwise: "deny", rules: [{ allow: "false" }] } },
      ],
    });
    const visits = (await makeVisits(planted)).filter(
      ({ code, target = "", raw = "" }) =>
        // A server without a listener for it ends a CONNECT by itself.
        !ELSEWHERE.test(code ?? "") && !target.startsWith("/session") && !raw.startsWith("CONNECT"),
    );
    for (const one of visits) await visit(gate.port, one, outputs);
    await useTickets(gate.port, planted, canaries, outputs);
    await gate.drain();
    const told = gate.events.map((event) => JSON.stringify(event)).join("\n");
    outputs.add("log", told);
    const missing = visits.filter(({ code }) => code !== null && !told.includes(`"${code}"`));
    expect(missing.map(({ code }) => code)).toEqual([]);
    const sightings = outputs.find(canaries);
    expect(leaksOf(sightings)).toEqual([]);
    expect(
      sightings.some(({ canary, place }) => canary === "a message" && place === "frames to clients"),
    ).toBe(true);
  });
});
