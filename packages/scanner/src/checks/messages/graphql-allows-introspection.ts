import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { askGraphql, dataOf, findGraphql, NO_GRAPHQL } from "./graphql.ts";

/** The schema tells everything about itself. */
export const graphqlAllowsIntrospection: Check = {
  id: "graphql-allows-introspection",
  group: "messages",
  title: "GraphQL answers questions about its schema (introspection)",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "Introspection lists every type, operation and argument, those included that no page uses. Where the schema is not public it spares an attacker the guessing; it protects nothing by itself.",
  decides: "By whether the name of the query type is answered.",
  sends: "where GraphQL is spoken: one operation, { __schema { queryType { name } } }",
  remedy: {
    summary: "Where the schema is not public, refuse introspection in production.",
    ws: "useServer({ schema, validate: (s, d, r) => validate(s, d, [...specifiedRules, NoSchemaIntrospectionCustomRule]) }, wss)",
    sallyport:
      'dialect: graphql-transport-ws\npermission: { otherwise: allow, rules: [{ when: \'message.kind == "subscribe"\', allow: \'!("__schema" in message.data.fields || "__type" in message.data.fields)\' }] }',
  },
  references: { cwe: [200], asvs: ["4.3.2"] },
  withoutControl: true,
  async run(context) {
    if ((await findGraphql(context)) === null) return notApplicable(NO_GRAPHQL);
    const answer = await askGraphql(context, "{ __schema { queryType { name } } }");
    if (answer === null) return notTested("no session began this time");
    if (dataOf(answer)?.["__schema"] === undefined) return passed("it was not answered");
    return found({ detail: "A question about the schema was answered.", evidence: [answer.exchange] });
  },
};
