import type { Specimen } from "../specimen.ts";
import { startGraphql } from "../start-graphql.ts";

/** What graphql-no-init-timeout is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "graphql-ws that waits for ever": {
      start: () => startGraphql({ connectionInitWaitTimeout: 3_600_000 }),
    },
  },
  clean: {
    "graphql-ws with a short time": { start: () => startGraphql({ connectionInitWaitTimeout: 300 }) },
  },
};
