import { type Command, InvalidArgumentError, Option } from "commander";
import { groups } from "../check.ts";
import { builtInFormats } from "../formats/built-in-formats.ts";
import { defaultSettings } from "../scan-settings.ts";
import { severities } from "../severity.ts";
import { TICKET_PATH } from "../ticket.ts";
import type { ReportFlags } from "./finish-scan.ts";

/** The flags of the command, as the user gave them. */
export interface ScanFlags extends ReportFlags {
  readonly header: readonly string[];
  readonly cookie?: string;
  readonly token?: string;
  readonly ticket: boolean;
  readonly ticketUrl?: string;
  readonly ticketField: string;
  readonly ticketParameter?: string;
  readonly origin?: string;
  readonly subprotocol: readonly string[];
  readonly message: readonly string[];
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly group: readonly string[];
  readonly ca: readonly string[];
  readonly expiredToken?: string;
  readonly jwks?: string;
  readonly logoutUrl?: string;
  readonly browser: boolean;
  readonly storageState?: string;
  readonly browserPath?: string;
  readonly discoverOnly: boolean;
  readonly plan: boolean;
  readonly destructive: boolean;
  readonly confirm?: string;
  readonly rate: number;
  readonly budget: number;
  readonly timeLimit: number;
  readonly patience: number;
  readonly idle: number;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
/** Collects names that stand with commas between them. */
export const collectNames = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  ...value.split(",").map((name) => name.trim()),
];

/** A number above 0. Throws commander's error for anything else. */
export function positive(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError("it is a number above 0.");
  return number;
}

/** Adds the flags of what is done with a report. */
export function addReportFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--format <name>", "how the report is written")
        .choices(builtInFormats.map(({ name }) => name))
        .default("text"),
    )
    .option("--output <file>", "write the report there in place of standard output")
    .addOption(
      new Option("--fail-on <severity>", "exit 1 from this severity on").choices(severities).default("low"),
    )
    .option(
      "--baseline <file>",
      "an earlier report of --format json: what it found is accepted, and does not count for --fail-on",
    );
}

/** Adds the argument and the flags of a scan; of an audit, which may go without an endpoint, `[url]` as the argument. */
export function addScanFlags(command: Command, argument: "<url>" | "[url]" = "<url>"): Command {
  const { pace, patienceMs, idleMs } = defaultSettings;
  return addReportFlags(command)
    .argument(argument, "the endpoint (ws:, wss:), or a page whose endpoints are looked for (http:, https:)")
    .option("--header <line>", "a header of every handshake, such as 'X-Key: …' (repeatable)", collect, [])
    .option("--cookie <cookies>", "the Cookie header of a session")
    .option("--token <token>", "sent as Authorization: Bearer")
    .option(
      "--ticket",
      `fetch a one-time ticket with the credentials before each handshake, from ${TICKET_PATH} of the endpoint's host`,
      false,
    )
    .option("--ticket-url <url>", "fetch the tickets there, by POST")
    .option("--ticket-field <name>", "the field of the answer that the ticket stands in", "ticket")
    .option(
      "--ticket-parameter <name>",
      "present it in this parameter of the query, in place of a subprotocol",
    )
    .option(
      "--origin <origin>",
      "the origin of the application's pages; default: that of the endpoint's host",
    )
    .option("--subprotocol <name>", "a subprotocol to offer (repeatable)", collect, [])
    .option("--message <text>", "a message that a client says first (repeatable)", collect, [])
    .option(
      "--ca <file>",
      "a certificate authority to trust besides the usual ones (PEM, repeatable)",
      collect,
      [],
    )
    .option("--expired-token <token>", "a token that is over, to see whether it is still accepted")
    .option(
      "--jwks <file>",
      "the public keys that tokens are verified by, as a JWK set or PEM, to see whether they are taken for a secret",
    )
    .option(
      "--logout-url <url>",
      "ends the session: asked with the credentials at the end, to see whether the sockets end too",
    )
    .option("--only <checks>", "these checks alone, by id", collectNames, [])
    .option("--skip <checks>", "not these checks", collectNames, [])
    .option(
      "--listen [address]",
      "test a client in place of an endpoint: see `sallyport-scan --listen --help`",
    )
    .option(`--group <names>`, `only checks of these groups: ${groups.join(", ")}`, collectNames, [])
    .option(
      "--browser",
      "open the page in Chromium, and prove there whether other sites can use its sockets",
      false,
    )
    .option("--storage-state <file>", "the login for --browser: a storage state of Playwright")
    .option("--browser-path <file>", "the Chromium of --browser, where it is at none of the usual places")
    .option("--discover-only", "list the endpoints of a page as text or JSON, and scan none", false)
    .option("--plan", "show what would be sent, and send nothing", false)
    .option(
      "--destructive",
      "run checks that may end the target's process: on loopback, or with --confirm",
      false,
    )
    .option(
      "--confirm <host>",
      "the target's host, typed again, for --destructive elsewhere than on loopback",
    )
    .option("--rate <n>", "connections per second", positive, pace.perSecond)
    .option("--budget <n>", "connections in all", positive, pace.connections)
    .option("--time-limit <seconds>", "time in all", positive, pace.totalMs / 1000)
    .option("--patience <ms>", "how long no answer counts as none", positive, patienceMs)
    .option(
      "--idle <seconds>",
      "how long a connection is left alone to see whether it is ended",
      positive,
      idleMs / 1000,
    );
}
