import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { newKeyPem } from "../../src/hosts/acme/certificate-request.ts";
import { orderCertificate } from "../../src/hosts/acme/order-certificate.ts";
import { loadDevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import { portOf } from "../gateway/harness.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-hostile-authority-"));
});
afterAll(() => rm(directory, { recursive: true }));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What was asked of a server, in the order in which it came. */
interface Server {
  readonly url: string;
  readonly asked: string[];
}

/** A server without TLS, inside of the network that a gate is in. */
async function startInside(): Promise<Server> {
  const asked: string[] = [];
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    json(response, 200, {});
  });
  return await listening(server, "http", asked);
}

async function startAuthority(answer: Answer): Promise<Server & { readonly ca: string }> {
  const asked: string[] = [];
  const { certificatePem, keyPem, caPem } = await loadDevelopmentCertificate({ directory, names: [] });
  const server = createSecureServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  return { ...(await listening(server, "https", asked)), ca: caPem };
}

async function listening(
  server: ReturnType<typeof createServer>,
  scheme: string,
  asked: string[],
): Promise<Server> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `${scheme}://127.0.0.1:${portOf(server.address())}`, asked };
}

function json(response: ServerResponse, status: number, body: unknown, location = ""): void {
  const more = location === "" ? {} : { Location: location };
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Replay-Nonce": "bm9uY2Vub25jZQ",
    ...more,
  });
  response.end(JSON.stringify(body));
}

function resourcesAt(base: string): Readonly<Record<string, string>> {
  return { newNonce: `${base}/nonce`, newAccount: `${base}/account`, newOrder: `${base}/order` };
}

function order(authority: Server & { readonly ca: string }): Promise<string> {
  return orderCertificate({
    directory: `${authority.url}/dir`,
    directoryCa: authority.ca,
    email: null,
    domains: ["a.example"],
    challenge: "http-01",
    accountKey: newKeyPem(),
    key: newKeyPem(),
    present: () => Promise.reject(new Error("nothing should be presented")),
    signal: new AbortController().signal,
  });
}

describe("orderCertificate at a hostile authority", () => {
  it("asks nobody without TLS, whatever the directory says (RFC 8555 6.1; CWE-918)", async () => {
    const inside = await startInside();
    const authority = await startAuthority((_, response) => json(response, 200, resourcesAt(inside.url)));
    await expect(order(authority)).rejects.toThrow("a URL without https");
    expect(inside.asked).toEqual([]);
  });

  it("is led nowhere without TLS by a redirect", async () => {
    const inside = await startInside();
    const authority = await startAuthority((_, response) => json(response, 307, {}, `${inside.url}/dir`));
    await expect(order(authority)).rejects.toThrow("a URL without https");
    expect(inside.asked).toEqual([]);
  });

  it("asks about no more names than were ordered: an order of a mebibyte names ten thousand", async () => {
    const authority = await startAuthority(({ url = "", headers }, response) => {
      const base = `https://${headers.host}`;
      if (url === "/dir") return json(response, 200, resourcesAt(base));
      if (url === "/account") return json(response, 201, { status: "valid" }, `${base}/account/1`);
      const authorizations = Array.from({ length: 10_000 }, (_, index) => `${base}/authorization/${index}`);
      return json(response, 201, { status: "pending", authorizations }, `${base}/order/1`);
    });
    await expect(order(authority)).rejects.toThrow("more names than were ordered");
    expect(authority.asked.filter((asked) => asked.includes("authorization"))).toEqual([]);
  });
});
