import { randomBytes } from "node:crypto";
import { noAcme } from "../hosts/acme/acme-board.ts";
import { newFingerprintKey } from "../hosts/credential-fingerprint.ts";
import type { SharedGateway } from "../hosts/gateway.ts";
import { renewStatementKeys } from "../hosts/statement-keys.ts";

/** Of the keys of TLS session tickets, bytes (`tls.Server.setTicketKeys`). */
const TICKET_KEYS_BYTES = 48;

/** What the workers of a gate have in common from its start: new keys, and no certificate of an authority yet. */
export function newSharedGateway(ports: readonly number[]): SharedGateway {
  return {
    ports,
    ticketKeys: randomBytes(TICKET_KEYS_BYTES).toString("base64"),
    fingerprintKey: newFingerprintKey(),
    statementKeys: renewStatementKeys([], Date.now()),
    acme: noAcme,
  };
}
