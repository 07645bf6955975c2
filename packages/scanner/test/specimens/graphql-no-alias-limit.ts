import type { Specimen } from "../specimen.ts";
import { graphql, startGraphql } from "../start-graphql.ts";

const { GraphQLError } = graphql;

/** Refuses operations by their text, as libraries of limits do by their tree. */
const limited = (isTooMuch: (query: string) => boolean) => () =>
  startGraphql({
    onSubscribe: (_, __, { query }) => (isTooMuch(query) ? [new GraphQLError("too much")] : undefined),
  });

/** What graphql-no-alias-limit is proven on. */
export const specimen: Specimen = {
  vulnerable: {
    "graphql-ws as it comes": { start: () => startGraphql() },
  },
  clean: {
    "graphql-ws with twenty aliases": { start: limited((query) => query.split(":").length > 20) },
  },
};
