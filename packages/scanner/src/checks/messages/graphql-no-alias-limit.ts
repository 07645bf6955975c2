import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { askGraphql, dataOf, findGraphql, NO_GRAPHQL } from "./graphql.ts";

/** Above a limit of a thousand. Their names are short, so that the answer is not longer than what is kept of one. */
const ALIASES = 1001;

/** One operation may ask the same a thousand times. */
export const graphqlNoAliasLimit: Check = {
  id: "graphql-no-alias-limit",
  group: "messages",
  title: "GraphQL operations have no limit in fields and aliases",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "By aliases one operation asks for the same field as often as it likes: a thousand logins, or a thousand searches, count as one message for whoever limits messages.",
  decides:
    "By whether an operation with 1,001 aliases of __typename, which costs nothing, is answered in full.",
  sends: "where GraphQL is spoken: one operation with 1,001 aliases of __typename, of 16 KB",
  remedy: {
    summary: "Count fields and aliases, or the cost of an operation, while it is validated.",
    ws: "useServer({ schema, validate: (s, d, r) => validate(s, d, [...specifiedRules, maxAliases(20)]) }, wss)",
    sallyport: "messageSize: { inbound: 8KiB }",
  },
  references: { cwe: [770, 799], asvs: ["4.3.1"] },
  withoutControl: true,
  async run(context) {
    if ((await findGraphql(context)) === null) return notApplicable(NO_GRAPHQL);
    const fields = Array.from({ length: ALIASES }, (_, at) => `a${at.toString(36)}: __typename`).join(" ");
    const answer = await askGraphql(context, `{ ${fields} }`);
    if (answer === null) return notTested("no session began this time");
    const data = dataOf(answer);
    if (data === null) return passed("it was refused");
    return found({
      detail: `An operation with ${ALIASES} aliases was answered.`,
      evidence: [answer.exchange],
    });
  },
};
