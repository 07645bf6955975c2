import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { acceptsForeignOrigin } from "../src/checks/origin/accepts-foreign-origin.ts";
import type { ScanSettings } from "../src/scan-settings.ts";
import { tokenOf } from "./allow-tokens.ts";
import { scanScene } from "./scan-scene.ts";
import type { Scene } from "./specimen.ts";
import { echo, startWs } from "./start-ws.ts";

const TOKEN = tokenOf();
const HEADER: ScanSettings["credentials"] = [["Authorization", `Bearer ${TOKEN}`]];
const COOKIE: ScanSettings["credentials"] = [["Cookie", "sid=open-sesame"]];

type Admits = (request: IncomingMessage) => boolean;

const hasHeader: Admits = ({ headers }) => headers.authorization === `Bearer ${TOKEN}`;
const hasCookie: Admits = ({ headers }) => headers.cookie === "sid=open-sesame";
const hasQuery: Admits = ({ url = "" }) => url.includes(`token=${TOKEN}`);
const hasSubprotocol: Admits = ({ headers }) => headers["sec-websocket-protocol"]?.includes(TOKEN) === true;

/** A server that looks at no origin, and greets whom it admits. */
function admitting(isKnown: Admits, scene: Omit<Scene, "start"> = {}): Scene {
  return {
    start: () =>
      startWs({
        refuse: (request) => (isKnown(request) ? null : 401),
        onConnection(socket) {
          socket.send("welcome");
          echo(socket);
        },
        options: { handleProtocols: (offered) => (offered.has("chat") ? "chat" : false) },
      }),
    ...scene,
  };
}

async function findingIn(scene: Scene) {
  const { findings, notTested } = await scanScene(scene, [acceptsForeignOrigin]);
  expect(notTested).toEqual([]);
  expect(findings).toHaveLength(1);
  return findings[0];
}

const elsewhere = { isLoopback: false, isLocal: false };

describe("acceptsForeignOrigin", () => {
  it.each([
    ["a cookie", admitting(hasCookie, { settings: { credentials: COOKIE } })],
    [
      "a cookie, on the internet",
      admitting(hasCookie, { settings: { credentials: COOKIE }, target: elsewhere }),
    ],
    [
      "a password of HTTP",
      admitting(({ headers }) => headers.authorization === "Basic YW5uOmE=", {
        settings: { credentials: [["Authorization", "Basic YW5uOmE="]] },
      }),
    ],
    [
      "a cookie, and by a token that is not needed",
      admitting(hasCookie, { settings: { credentials: [...COOKIE, ...HEADER] } }),
    ],
  ])("is a hijack where the user is known by %s", async (_, scene) => {
    expect(await findingIn(scene)).toMatchObject({
      severity: "high",
      confidence: "certain",
      detail: expect.stringContaining(
        "Origin: https://sallyport-scan.invalid and the user's cookie or password",
      ),
    });
  });

  it.each([
    ["in a header", "the header Authorization", admitting(hasHeader, { settings: { credentials: HEADER } })],
    ["in the URL", "the query parameter token", admitting(hasQuery, { query: `?token=${TOKEN}` })],
    [
      "in a subprotocol",
      "a subprotocol",
      admitting(hasSubprotocol, { settings: { subprotocols: ["chat", `token.${TOKEN}`] } }),
    ],
    [
      "in a header, beside a cookie that is not enough",
      "the header Authorization",
      admitting((request) => hasHeader(request) && hasCookie(request), {
        settings: { credentials: [...COOKIE, ...HEADER] },
      }),
    ],
  ])(
    "is a note where the user is known by a token %s, which no page of another site has",
    async (_, place, scene) => {
      const finding = await findingIn(scene);
      expect(finding).toMatchObject({
        severity: "info",
        cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:N",
        detail: expect.stringContaining(`; without ${place} it was refused with 401. `),
      });
      expect(finding?.evidence).toHaveLength(2);
      expect(JSON.stringify(finding)).not.toContain(TOKEN);
    },
  );

  it("says what a page can do where a token was given and is not needed", async () => {
    expect(await findingIn(admitting(() => true, { settings: { credentials: HEADER } }))).toMatchObject({
      severity: "medium",
      confidence: "firm",
      detail: expect.stringContaining(
        " and without the header Authorization was accepted, and the socket is usable.",
      ),
    });
  });

  it("leaves to the browser what a browser says of itself", async () => {
    const scene = admitting(({ headers }) => headers["accept-language"] === "de", {
      settings: { credentials: [["Accept-Language", "de"]] },
    });
    expect(await findingIn(scene)).toMatchObject({ severity: "high" });
  });

  it("without any identity counts what a page reaches on the visitor's own machine or network", async () => {
    expect(await findingIn(admitting(() => true))).toMatchObject({
      severity: "high",
      confidence: "certain",
      detail: expect.stringContaining("it got what our own origin gets. No cookie went with it"),
    });
    expect(await findingIn(admitting(() => true, { target: elsewhere }))).toMatchObject({
      severity: "medium",
      confidence: "firm",
    });
    expect(await findingIn({ start: () => startWs() })).toMatchObject({ severity: "medium" });
  });

  it("does not count what comes after a token that the user says in a message", async () => {
    const messages = [JSON.stringify({ type: "auth", token: TOKEN })];
    expect(await findingIn(admitting(() => true, { settings: { messages } }))).toMatchObject({
      severity: "medium",
    });
  });
});
