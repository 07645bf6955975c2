import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";

import { calculateJwkThumbprint, SignJWT, type JWK } from "jose";
import { WebSocket } from "ws";

import { type Gate, ORIGIN } from "./gate.ts";

/** What a handshake came to. */
export interface Attempt {
  /** 101, or what it was refused with; 0: nobody answered. */
  readonly status: number;
  /** Where it is 101. */
  readonly socket: WebSocket | null;
}

/** Who connects, and how. */
export interface Caller {
  readonly route?: "/closed" | "/open";
  readonly user?: string;
  /** In place of a token. */
  readonly ticket?: string;
  /** Of possession, beside a token that is bound to the key (RFC 9449). */
  readonly proof?: string;
  /** The address that the proxy before the gate says; its own unless given. */
  readonly address?: string;
}

const HANDSHAKE_MS = 30_000;
/** By which gateways are called where it matters: it is the same at all of them. */
const HOST = "localhost";
const [PROVER, PROVEN_ROUTE] = ["prover", "/open"] as const;
/** How far a proof is ahead, seconds: as far as may be, so that it is soon made after whatever happened before. */
const PROOF_AHEAD_S = 4.5;

/** Who calls at gateways: with tokens of the issuer that their routes believe. */
export class Callers {
  readonly #secret: Uint8Array;
  readonly #tokens = new Map<string, string>();
  readonly #key: KeyObject;
  readonly #jwk: JWK;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#key = privateKey;
    this.#jwk = publicKey.export({ format: "jwk" });
  }

  /** A token of a user, for a day and from a minute ago on, since clocks may be apart. */
  async token(user: string): Promise<string> {
    const known = this.#tokens.get(user);
    if (known !== undefined) return known;
    const now = Math.floor(Date.now() / 1000);
    const cnf = user === PROVER ? { cnf: { jkt: await calculateJwkThumbprint(this.#jwk) } } : {};
    const made = await new SignJWT(cnf)
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer("https://id.example.com")
      .setAudience("chaos")
      .setSubject(user)
      .setIssuedAt(now - 120)
      .setExpirationTime(now + 86_400)
      .sign(this.#secret);
    this.#tokens.set(user, made);
    return made;
  }

  /** A proof of possession, for one handshake at any of the gateways. */
  async proof(): Promise<string> {
    const ath = createHash("sha256")
      .update(await this.token(PROVER))
      .digest("base64url");
    const [htu, iat] = [`http://${HOST}${PROVEN_ROUTE}`, Date.now() / 1000 + PROOF_AHEAD_S];
    return await new SignJWT({ htm: "GET", htu, ath, iat, jti: randomUUID() })
      .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: this.#jwk })
      .sign(this.#key);
  }

  /** Tries to connect. Never rejects. */
  async connect({ host, port }: Gate, caller: Caller): Promise<Attempt> {
    const { ticket, proof, address } = caller;
    const { route, user } =
      proof === undefined
        ? { route: "/closed", user: "somebody", ...caller }
        : { route: PROVEN_ROUTE, user: PROVER };
    const scheme = proof === undefined ? "Bearer" : "DPoP";
    const headers = {
      ...(ticket === undefined && { authorization: `${scheme} ${await this.token(user)}` }),
      ...(proof !== undefined && { dpop: proof, host: HOST }),
      ...(address !== undefined && { "x-forwarded-for": address }),
    };
    const protocols = ticket === undefined ? [] : ["sallyport.v1", `sallyport.ticket.${ticket}`];
    const socket = new WebSocket(`ws://${host}:${port}${route}`, protocols, {
      origin: ORIGIN,
      headers,
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
    });
    return await new Promise<Attempt>((resolve) => {
      socket.once("open", () => resolve({ status: 101, socket }));
      socket.on("error", () => resolve({ status: 0, socket: null }));
      socket.once("unexpected-response", (asked, response: IncomingMessage) => {
        response.resume();
        asked.destroy();
        resolve({ status: response.statusCode ?? 0, socket: null });
      });
    });
  }

  /** Connects and hangs up at once. Answers the status. */
  async knock(gate: Gate, caller: Caller): Promise<number> {
    const { status, socket } = await this.connect(gate, caller);
    if (socket !== null) await hangUp(socket);
    return status;
  }

  /** Asks for a ticket. `ticket` is empty where none was given. */
  async ticket(gate: Gate, user: string): Promise<{ readonly status: number; readonly ticket: string }> {
    const asked = request(`http://${gate.host}:${gate.port}/.sallyport/ticket`, {
      method: "POST",
      agent: false,
      headers: {
        origin: ORIGIN,
        authorization: `Bearer ${await this.token(user)}`,
        "sallyport-request": "1",
        "content-type": "application/json",
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    asked.once("response", resolve).once("error", reject);
    asked.end(JSON.stringify({ route: "/closed" }));
    const response = await promise;
    let text = "";
    for await (const chunk of response) text += String(chunk);
    const body: unknown = response.statusCode === 200 ? JSON.parse(text) : null;
    const ticket = typeof body === "object" && body !== null && "ticket" in body ? String(body.ticket) : "";
    return { status: response.statusCode ?? 0, ticket };
  }
}

/** Ends a connection, and waits for its end. */
export async function hangUp(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  const closed = once(socket, "close");
  socket.close();
  await closed;
}
