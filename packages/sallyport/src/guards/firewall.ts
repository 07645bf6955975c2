import { z } from "zod";
import { addressList } from "./address-list.ts";
import { createAddressTable, rangeOfAddress, type AddressTable } from "./address-table.ts";
import { pass, type GuardDefinition, type HandshakeVerdict, type Mode } from "./guard.ts";
import type { Bans } from "./shared-state.ts";
import { mode } from "../quantity.ts";
import { quoted } from "./quoted.ts";

/** The options of `firewall`. Both lists hold addresses and CIDR ranges; neither may be empty. */
export interface FirewallOptions {
  readonly mode: Mode;
  /** If given, only these may connect. Default: everyone. */
  readonly allow?: readonly string[] | undefined;
  /** These may not connect, whatever `allow` says. Default: nobody. */
  readonly deny?: readonly string[] | undefined;
}

const options: z.ZodType<FirewallOptions> = z
  .strictObject({
    mode,
    allow: addressList
      .optional()
      .describe("Addresses and CIDR ranges that may connect; nobody else may. Absent: everyone may."),
    deny: addressList
      .optional()
      .describe("Addresses and CIDR ranges that may not connect, even if `allow` has them. Absent: none."),
  })
  .prefault({});

interface Lists {
  readonly allow: AddressTable | null;
  readonly deny: AddressTable | null;
}

function denied(detail: string): HandshakeVerdict {
  return { verdict: "refuse", code: "firewall.denied", detail };
}

function checkBans(address: string, bans: Bans, wallNow: number): HandshakeVerdict {
  const ban = bans.find(address, wallNow);
  if (ban === null) return pass;
  const end = ban.until === null ? "without an end" : `until ${new Date(ban.until).toISOString()}`;
  return {
    verdict: "refuse",
    code: "firewall.banned",
    detail: `${quoted(address)} is banned ${end}: ${quoted(ban.reason)}`,
  };
}

function checkLists(address: string, { allow, deny }: Lists): HandshakeVerdict {
  if (allow === null && deny === null) return pass;
  if (rangeOfAddress(address) === null) return denied(`${quoted(address)} is not an address`);
  const found = deny?.find(address) ?? null;
  if (found !== null) return denied(`${quoted(address)} is in ${found} of \`firewall.deny\``);
  if (allow === null || allow.find(address) !== null) return pass;
  return denied(`${quoted(address)} is not in \`firewall.allow\``);
}

/**
 * Refuses handshakes by the client's address: bans first, then `deny`, then `allow`. An address that cannot be
 * read is refused wherever a list is in force.
 */
export const firewall: GuardDefinition<FirewallOptions> = {
  name: "firewall",
  phases: ["handshake"],
  stops: "Clients whose address is on a deny list, off the allow list, or banned.",
  options,
  fromOptionsAlone: true,
  create({ mode: inForce, allow, deny }, services) {
    const { bans } = services;
    const lists: Lists = {
      allow: allow === undefined ? null : createAddressTable(allow),
      deny: deny === undefined ? null : createAddressTable(deny),
    };
    const check = (address: string, wallNow: number): HandshakeVerdict => {
      const banned = checkBans(address, bans, wallNow);
      return banned.verdict === "pass" ? checkLists(address, lists) : banned;
    };
    return {
      name: "firewall",
      mode: inForce,
      handshake: ({ request, wallNow }) => check(request.address, wallNow),
      readmit: ({ address }) => check(address, services.wallNow()),
    };
  },
};
