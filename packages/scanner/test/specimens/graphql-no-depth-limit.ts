import type { Specimen } from "../specimen.ts";
import { startGraphql, startLimitedGraphql } from "../start-graphql.ts";

/** What graphql-no-depth-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "graphql-ws as it comes": { start: () => startGraphql() },
  },
  clean: {
    "graphql-ws with ten levels": {
      start: () => startLimitedGraphql((query) => query.split("{").length > 12),
    },
  },
};
