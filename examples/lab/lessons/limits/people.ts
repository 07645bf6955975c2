import { buildSchema, type GraphQLSchema } from "graphql";

interface Person {
  readonly name: string;
  readonly friends: () => readonly Person[];
}

const names = ["ann", "ben", "eve", "joe"];
const people: readonly Person[] = names.map((name) => ({
  name,
  friends: () => people.filter((other) => other.name !== name),
}));

/** People, their friends, and the friends of those. */
export const schema: GraphQLSchema = buildSchema(
  "type Query { people: [Person!]! } type Person { name: String! friends: [Person!]! }",
);

/** What the schema's fields are answered with. */
export const rootValue: { readonly people: readonly Person[] } = { people };
