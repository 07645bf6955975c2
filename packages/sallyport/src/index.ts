/** Everything a server developer imports from `sallyport`. */
export type { ErrorCode, ErrorRow } from "./errors.ts";
export type { SallyportEvent } from "./events.ts";
