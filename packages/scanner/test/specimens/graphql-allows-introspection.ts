import type { Specimen } from "../specimen.ts";
import { graphql, startGraphql } from "../start-graphql.ts";

const { NoSchemaIntrospectionCustomRule, specifiedRules, validate } = graphql;

/** What graphql-allows-introspection is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "graphql-ws as it comes": { start: () => startGraphql() },
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
