import type { CorpusPair } from "../pair.ts";

/** GHSA-w42g-7vfc-xf37 in apollo-server: that introspection is off held for HTTP alone. */
export const apolloRules: CorpusPair = {
  name: "apollo-rules",
  advisory: "GHSA-w42g-7vfc-xf37",
  package: "apollo-server",
  vulnerable: "2.14.1",
  fixed: "2.14.2",
  beside: { graphql: "14.7.0" },
  overrides: { "apollo-server-core": "tested", "apollo-server-express": "tested" },
  check: "graphql-allows-introspection",
  path: "/graphql",
  subprotocols: ["graphql-ws"],
  server: String.raw`const { ApolloServer, gql } = require("apollo-server");
const typeDefs = gql("type Query { hello: String } type Subscription { ticks: Int }");
const server = new ApolloServer({ introspection: false, typeDefs, resolvers: { Query: { hello: () => "hello" } } });
server.listen({ port: Number(process.env.PORT), host: "127.0.0.1" }).then(() => console.log("ready"));`,
};
