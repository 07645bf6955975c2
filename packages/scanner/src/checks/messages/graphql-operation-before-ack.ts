import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { GRAPHQL, NO_GRAPHQL, speaksGraphql, subscribe } from "./graphql.ts";

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
    "By whether an operation that is sent without connection_init is answered with a result or with an error of the operation, in place of the close with 4401.",
  sends:
    "where graphql-transport-ws is spoken: { __typename } as an operation, without connection_init before it",
  remedy: {
    summary: "Close with 4401 on an operation before the acknowledgement, as graphql-ws does by itself.",
    ws: "useServer({ schema, onConnect: ({ connectionParams }) => isValid(connectionParams) }, wss) // of graphql-ws/use/ws",
    sallyport: "dialect: graphql-transport-ws",
  },
  references: { cwe: [306, 696] },
  withoutControl: true,
  async run(context) {
    if (!(await speaksGraphql(context))) return notApplicable(NO_GRAPHQL);
    const attempt = await context.open(GRAPHQL);
    if (attempt.kind !== "accepted") return notTested("the handshake was not accepted this time");
    const { messages, code, exchange } = await subscribe(context, attempt.probe, "{ __typename }");
    if (messages.length === 0) return passed(code === null ? "it was not answered" : `closed with ${code}`);
    return found({
      detail: `An operation without connection_init was answered with ${messages.map(({ type }) => type).join(", ")}.`,
      evidence: [exchange],
    });
  },
};
