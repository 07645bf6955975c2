/** What is wrong with a value, as a validator says it. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a validator answers: the value, as it came or made into something else, or what is wrong with it. */
export type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** A validator of any library that follows Standard Schema 1 (https://standardschema.dev): zod, valibot, arktype and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** Validates now. A validator that takes its time is an error of the program: messages would overtake each other. */
export function validateNow<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
): Validation<Output> {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) throw new TypeError("the validator is asynchronous");
  return result;
}
