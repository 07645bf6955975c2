import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { askGraphql, dataOf, findGraphql, NO_GRAPHQL } from "./graphql.ts";

const DEPTH = 60;

/** Operations may be nested at will. */
export const graphqlNoDepthLimit: Check = {
  id: "graphql-no-depth-limit",
  group: "messages",
  title: "GraphQL operations have no limit in depth",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Each level of an operation may multiply what the one above it found. A schema with a cycle, such as an author's posts and a post's author, lets one short operation ask for more than a server can answer.",
  decides:
    "By whether an operation of 60 levels runs. The levels are of the schema's own description and find nothing, so that the server has no work; where introspection is refused it cannot be told.",
  sends: "where GraphQL is spoken: one operation of 60 levels that finds nothing",
  remedy: {
    summary: "Refuse operations above some ten levels, or whose cost is too high, while they are validated.",
    ws: "useServer({ schema, validate: (s, d, r) => validate(s, d, [...specifiedRules, depthLimit(10)]) }, wss)",
    sallyport: "dialect: { graphql-transport-ws: { depth: 10 } }",
  },
  references: { cwe: [770, 674], asvs: ["4.3.1"] },
  withoutControl: true,
  async run(context) {
    if ((await findGraphql(context)) === null) return notApplicable(NO_GRAPHQL);
    const shallow = await askGraphql(context, "{ __schema { queryType { ofType { name } } } }");
    if (shallow === null || dataOf(shallow) === null)
      return notTested("questions about the schema are refused, and nothing else of the schema is known");
    const query = `{ __schema { queryType ${"{ ofType ".repeat(DEPTH)}{ name }${" }".repeat(DEPTH)} } }`;
    const answer = await askGraphql(context, query);
    if (answer === null) return notTested("no session began this time");
    if (dataOf(answer) === null) return passed("it was refused");
    return found({ detail: `An operation of ${DEPTH} levels was run.`, evidence: [answer.exchange] });
  },
};
