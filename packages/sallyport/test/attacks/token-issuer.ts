import { createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { onTestFinished } from "vitest";
import { portOf } from "../gateway/harness.ts";

/** Who the gate believes, and for what. */
export const ISSUER = "https://id.example.com";
export const AUDIENCE = "chat";

/** Key pairs that every test of this file shares: making one takes longer than an attack. */
export const rsa: Pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ec: Pair = generateKeyPairSync("ec", { namedCurve: "P-256" });

export interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

type Members = Readonly<Record<string, unknown>>;

/** The current second of the epoch, and some more. */
export const inSeconds = (more: number): number => Math.floor(Date.now() / 1000) + more;

/** Claims that are right, with what a test changes; `undefined` takes one out. */
export function claims(changes: Members = {}): Members {
  const usual = { iss: ISSUER, aud: AUDIENCE, sub: "ada", iat: inSeconds(0), exp: inSeconds(600) };
  return { ...usual, ...changes };
}

/** Text as a segment; members as the JSON of one. */
export function segment(value: Members | string): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Buffer.from(text).toString("base64url");
}

/** A token that is signed with RS256, whatever it says. */
export function rsaToken(payload: Members | string = claims(), header: Members = {}): string {
  const input = `${segment({ alg: "RS256", typ: "JWT", kid: "rsa", ...header })}.${segment(payload)}`;
  return `${input}.${sign("sha256", Buffer.from(input), rsa.privateKey).toString("base64url")}`;
}

/** A token that is signed with ES256 by a key. */
export function ecToken(payload: Members = claims(), { privateKey }: Pair = ec, kid = "ec"): string {
  const input = `${segment({ alg: "ES256", typ: "JWT", kid })}.${segment(payload)}`;
  const signature = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** A token that is signed with HS256, by whatever an attacker takes for the secret. */
export function hmacToken(secret: string | Buffer, header: Members = {}): string {
  const input = `${segment({ alg: "HS256", typ: "JWT", ...header })}.${segment(claims())}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

/** The public halves as a JSON Web Key Set, with entries more. */
export function keySet(more: readonly Members[] = []): string {
  const keys = [jwk(rsa, { kid: "rsa", alg: "RS256" }), jwk(ec, { kid: "ec", alg: "ES256" }), ...more];
  return JSON.stringify({ keys });
}

/** The public half of a pair as a JSON Web Key. */
export function jwk({ publicKey }: Pair, more: Members = {}): Members {
  return { ...publicKey.export({ format: "jwk" }), use: "sig", ...more };
}

/** A key that nobody has published. */
export const unpublished: Pair = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A secret that nobody knows. */
export const someSecret: string = randomBytes(32).toString("hex");

/** A provider that publishes its keys, and whatever else a token asks it for. */
export interface Provider {
  readonly url: string;
  /** What was asked for, in order. */
  readonly asked: readonly string[];
  /** How `/jwks.json` is answered from now on. */
  answer(respond: (response: ServerResponse) => void): void;
}

function answerKeySet(response: ServerResponse): void {
  response.end(keySet());
}

/** Starts a provider on a free loopback port. Closed when the test ends. */
export async function startProvider(): Promise<Provider> {
  const asked: string[] = [];
  let respond = answerKeySet;
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.on("error", () => undefined);
    respond(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${portOf(server.address())}`;
  return { url, asked, answer: (next) => void (respond = next) };
}
