import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { beginOperation, findGraphql, hasOwnInit, NO_GRAPHQL } from "./graphql.ts";

/** Operations run before the session was accepted. */
export const graphqlOperationBeforeAck: Check = {
  id: "graphql-operation-before-ack",
  group: "messages",
  title: "GraphQL operations run before the connection is acknowledged",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N",
  about:
    "Servers of GraphQL over WebSocket find out who the client is in connection_init. A server that runs operations without it runs them for nobody known, past whatever connection_init would have refused.",
  decides:
    "By whether an operation that is sent without connection_init is answered with a result or with an error of the operation, in place of the close with 4401. Low in the older protocol, graphql-ws, unless --message has a connection_init with what the user is known by.",
  sends: "where GraphQL is spoken: { __typename } as an operation, without connection_init before it",
  remedy: {
    summary: "Close with 4401 on an operation before the acknowledgement, as graphql-ws does by itself.",
    ws: "useServer({ schema, onConnect: ({ connectionParams }) => isValid(connectionParams) }, wss) // of graphql-ws/use/ws",
    sallyport: "dialect: graphql-transport-ws",
  },
  references: { cwe: [306, 696] },
  withoutControl: true,
  async run(context) {
    const dialect = await findGraphql(context);
    if (dialect === null) return notApplicable(NO_GRAPHQL);
    const attempt = await context.open(dialect.change);
    if (attempt.kind !== "accepted") return notTested("the handshake was not accepted this time");
    const { messages, code, exchange } = await beginOperation(context, attempt.probe, {
      dialect,
      query: "{ __typename }",
    });
    if (messages.length === 0) return passed(code === null ? "it was not answered" : `closed with ${code}`);
    // The older protocol has no rule for it: where connection_init needs nothing, nobody gets past anything.
    const isHarmless = dialect.subprotocol === "graphql-ws" && !hasOwnInit(context);
    return found({
      detail: `An operation without connection_init was answered with ${messages.map(({ type }) => type).join(", ")}.`,
      evidence: [exchange],
      ...(isHarmless ? { severity: "low", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N" } : {}),
    });
  },
};
