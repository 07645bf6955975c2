import { randomBytes } from "node:crypto";
import { newFingerprintKey } from "../hosts/credential-fingerprint.ts";
import type { SharedGateway } from "../hosts/gateway.ts";
import { renewStatementKeys } from "../hosts/statement-keys.ts";

/** Of the keys of TLS session tickets, bytes (`tls.Server.setTicketKeys`). */
const TICKET_KEYS_BYTES = 48;

/** What the workers of a new gate have in common: secrets that nobody had before, at these ports. */
export function newSharedGateway(common: Pick<SharedGateway, "ports" | "acme">): SharedGateway {
  return {
    ...common,
    ticketKeys: randomBytes(TICKET_KEYS_BYTES).toString("base64"),
    fingerprintKey: newFingerprintKey(),
    statementKeys: renewStatementKeys([], Date.now()),
  };
}
