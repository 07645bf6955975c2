import type { Specimen } from "../specimen.ts";
import { startGraphql } from "../start-graphql.ts";
import { NoSchemaIntrospectionCustomRule, specifiedRules, validate } from "graphql";

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
