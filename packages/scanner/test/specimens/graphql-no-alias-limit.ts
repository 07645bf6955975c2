import type { Specimen } from "../specimen.ts";
import { startGraphql, startLimitedGraphql } from "../start-graphql.ts";

/** What graphql-no-alias-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "graphql-ws as it comes": { start: () => startGraphql() },
  },
  clean: {
    "graphql-ws with twenty aliases": {
      start: () => startLimitedGraphql((query) => query.split(":").length > 20),
    },
  },
};
