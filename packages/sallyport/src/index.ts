/** Everything a server developer imports from `sallyport`. */
export type { ErrorCode, ErrorRow } from "./errors.ts";
export type { SallyportEvent } from "./events.ts";
export { defineConfig } from "./policy/define-config.ts";
export type {
  ConfigInput,
  JwtInput,
  ListenerInput,
  RouteInput,
  RouteOptions,
} from "./policy/define-config.ts";
