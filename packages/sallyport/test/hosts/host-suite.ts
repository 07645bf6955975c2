import { describe } from "vitest";
import type { HostName } from "./guarded-server.ts";
import { describeCarriage } from "./host-carriage.ts";
import { describeCompression } from "./host-compression.ts";
import { describeHandshakes } from "./host-handshakes.ts";
import { describeJournal } from "./host-journal.ts";
import { describeLeaks } from "./host-leaks.ts";
import { describeLives } from "./host-lives.ts";
import { describeMessageTokens } from "./host-message-tokens.ts";
import { describePermissions } from "./host-permissions.ts";
import { describeThreats } from "./host-threats.ts";
import { describePlainHttp } from "./host-plain-http.ts";
import { describeProviders } from "./host-providers.ts";
import { describePossession } from "./host-possession.ts";
import { describeReloads } from "./host-reloads.ts";
import { describeSchemas } from "./host-schemas.ts";
import { describeSessions } from "./host-sessions.ts";
import { describeTickets } from "./host-tickets.ts";

/** What differs between hosts: everything else is the same in each, and tested in each. */
export interface HostOptions {
  readonly host: HostName;
  /** The application reads `request.sallyport` besides the header. */
  readonly identityOnRequest: boolean;
  /** Plain requests to paths that no route names are the application's own. */
  readonly leavesOtherPaths: boolean;
  /** The application is asked by an upgrade of HTTP and answers in bytes; else it is called, with what passed. */
  readonly asksByHttp: boolean;
  /** Pings and pongs of the client reach the application; else the gate answers them. */
  readonly bringsPings: boolean;
  /** Compression is negotiated with the application; else the gate inflates for it what the client compresses. */
  readonly negotiatesWithApplication: boolean;
  /** What an application sends without waiting for its client waits in its own memory; else in the gate's, up to `slowConsumer.bytes`. */
  readonly keepsItsOwnQueue: boolean;
  /** While it drains it still answers, with 503; else nobody listens any more. */
  readonly answersWhileDraining: boolean;
}

/** The one suite of all hosts: the same session whatever it runs in. */
export function describeHost(options: HostOptions): void {
  describe(`the host \`${options.host}\``, () => {
    describeHandshakes(options);
    describeCarriage(options);
    if (options.negotiatesWithApplication) describeCompression(options);
    describeLives(options);
    describePermissions(options);
    describeThreats(options);
    describeLeaks(options);
    describeMessageTokens(options);
    describeSchemas(options);
    describePlainHttp(options);
    describeTickets(options);
    describePossession(options);
    describeSessions(options);
    describeReloads(options);
    describeJournal(options);
    describeProviders(options);
  });
}
