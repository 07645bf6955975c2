import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { findGraphql, NO_GRAPHQL } from "./graphql.ts";

/** Who never says who he is may stay. */
export const graphqlNoInitTimeout: Check = {
  id: "graphql-no-init-timeout",
  group: "messages",
  title: "GraphQL connections that never begin a session are kept",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Before connection_init the server does not know who the client is. Connections that never send it can be opened by anybody and cost what others cost.",
  decides:
    "By whether the connection is still open after the time of --idle without connection_init; graphql-ws closes with 4408 after three seconds.",
  sends: "where GraphQL is spoken: one handshake, and nothing for 40 seconds",
  remedy: {
    summary: "Close with 4408 where connection_init does not come within some seconds.",
    ws: "useServer({ schema, connectionInitWaitTimeout: 3000 }, wss)",
    sallyport: "connectionLimit: { authenticateWithin: 10s }",
  },
  references: { cwe: [772], cheatSheet: true },
  isBackground: true,
  withoutControl: true,
  async run(context) {
    const dialect = await findGraphql(context);
    if (dialect === null) return notApplicable(NO_GRAPHQL);
    const attempt = await context.open(dialect.change);
    if (attempt.kind !== "accepted") return notTested("the handshake was not accepted this time");
    const { probe } = attempt;
    await probe.waitFor(() => probe.isClosed, context.settings.idleMs);
    await probe.waitFor(() => probe.isClosed, context.patienceMs);
    if (probe.isClosed) return passed("it was ended");
    return found({
      detail: `Without connection_init the connection was still open after ${context.settings.idleMs / 1000} s.`,
      evidence: [probe.exchange("a connection without connection_init")],
    });
  },
};
