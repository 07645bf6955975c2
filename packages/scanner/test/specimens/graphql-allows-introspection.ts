import type { Specimen } from "../specimen.ts";
import { graphql, startGraphql } from "../start-graphql.ts";
import { startWs } from "../start-ws.ts";

const { NoSchemaIntrospectionCustomRule, specifiedRules, validate } = graphql;

/** What graphql-allows-introspection is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "graphql-ws as it comes": { start: () => startGraphql() },
    "a server of the protocol before it, as subscriptions-transport-ws": { start: startLegacy },
  },
  clean: {
    "graphql-ws with a rule more": {
      start: () =>
        startGraphql({
          validate: (schema, document, rules) =>
            validate(schema, document, [...(rules ?? specifiedRules), NoSchemaIntrospectionCustomRule]),
        }),
    },
  },
};

/** Chooses the older subprotocol alone, and answers an operation with its types. */
function startLegacy(): ReturnType<typeof startWs> {
  return startWs({
    options: { handleProtocols: (offered) => offered.has("graphql-ws") && "graphql-ws" },
    onConnection: (socket) =>
      void socket.on("message", (data: Buffer) => {
        const { type }: { type: string } = JSON.parse(data.toString("utf8"));
        if (type === "connection_init") socket.send('{"type":"connection_ack"}');
        if (type === "start")
          socket.send(
            '{"id":"scan","type":"data","payload":{"data":{"__schema":{"queryType":{"name":"Query"}}}}}',
          );
      }),
  });
}
