import { GraphQLError, type ValidationRule } from "graphql";

/** A rule of validation: fields may be so many levels deep. Fragments are not looked through here; a library does that, too. */
export function depthLimit(most: number): ValidationRule {
  return (context) => {
    let depth = 0;
    return {
      Field: {
        enter(node) {
          depth += 1;
          if (depth === most + 1)
            context.reportError(new GraphQLError(`more than ${most} levels`, { nodes: node }));
        },
        leave() {
          depth -= 1;
        },
      },
    };
  };
}
