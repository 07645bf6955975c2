import { randomBytes } from "node:crypto";
import { noAcme } from "../hosts/acme/acme-board.ts";
import { newFingerprintKey } from "../hosts/credential-fingerprint.ts";
import type { SharedGateway } from "../hosts/gateway.ts";
import type { RenewStatementKeys } from "../hosts/statement-keys.ts";

/** Of the keys of TLS session tickets, bytes (`tls.Server.setTicketKeys`). */
const TICKET_KEYS_BYTES = 48;

/** What the workers of a gate have in common from its start: keys, and no certificate of an authority yet. @param renew makes keys of statements */
export function newSharedGateway(ports: readonly number[], renew: RenewStatementKeys): SharedGateway {
  return {
    ports,
    ticketKeys: randomBytes(TICKET_KEYS_BYTES).toString("base64"),
    fingerprintKey: newFingerprintKey(),
    statementKeys: renew([], Date.now()),
    acme: noAcme,
  };
}
