import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { ticket } from "../../packages/sallyport/src/guards/ticket.ts";
import type { Guard, Handshake } from "../../packages/sallyport/src/guards/guard.ts";
import { makeHandshake, makeServices } from "../../packages/sallyport/test/handshake-fixture.ts";
import { inTurnsLater, type Compared } from "./in-turns.ts";

const ROUNDS = 15;
const PER_ROUND = 2000;

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const token = await new SignJWT({ scope: "chat" })
  .setProtectedHeader({ alg: "ES256" })
  .setIssuer("https://id.example.com")
  .setAudience("chat")
  .setSubject("ann")
  .setExpirationTime("2h")
  .sign(privateKey);

const guard: Guard = await ticket.create(
  { mode: "enforce", use: "accept", life: 10_000, heartbeat: null },
  makeServices(),
);
const secret = (): string => randomBytes(32).toString("base64url");

/** As the endpoint does it: two secrets, a digest of one, the ticket kept; then the handshake that redeems it. */
async function issueAndRedeem(): Promise<void> {
  const [text, refresh] = [secret(), secret()];
  await guard.ticketing?.issue(
    text,
    {
      identity: {
        provider: "jwt",
        user: "ann",
        issuer: "https://id.example.com",
        tenant: null,
        claims: { scope: "chat" },
        expiresAt: null,
        credential: "authorization",
      },
      route: "/",
      origin: null,
      session: randomBytes(9).toString("base64url"),
      refreshHash: createHash("sha256").update(refresh).digest("hex"),
      keyThumbprint: null,
      expiresAt: 10_000,
    },
    0,
  );
  const handshake: Handshake = makeHandshake({ subprotocols: [`sallyport.ticket.${text}`, "sallyport.v1"] });
  const verdict = await guard.handshake?.(handshake);
  if (verdict?.verdict !== "pass") throw new Error("the ticket was not redeemed");
}

async function verifyTwice(): Promise<void> {
  for (let index = 0; index < 2; index++)
    await jwtVerify(token, publicKey, {
      issuer: "https://id.example.com",
      audience: "chat",
      algorithms: ["ES256"],
    });
}

/**
 * What issuing and redeeming a ticket costs beside verifying a token twice, which is what a page without tickets does: once
 * where it is signed in, once at the gate. CPU time, user and system, of all threads.
 */
export function measureTicket(): Promise<Compared> {
  return inTurnsLater({ rounds: ROUNDS, calls: PER_ROUND }, issueAndRedeem, verifyTwice);
}
