/** What guards have counted, and how it went: values of metric labels. */
export type Counted =
  | { readonly what: "ticket"; readonly how: "issued" | "redeemed" | "refused" }
  /** A message over its sender's rate, after which the sender is not read for a while. */
  | { readonly what: "rateLimited"; readonly how: "enforce" | "observe" };

/** Counts what is told by no event, for a route, given by its label. */
export type Count = (route: string, counted: Counted) => void;
