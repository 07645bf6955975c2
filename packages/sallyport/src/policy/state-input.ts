/** Where what nodes share is kept: in memory, or in an engine by its URL or by more than that. */
export type StateInput =
  | "memory"
  | `${"redis" | "rediss" | "valkey" | "valkeys"}://${string}`
  | { readonly redis: RedisInput };

/** An engine that several gates share: one of `url`, `sentinel` and `cluster`. */
export interface RedisInput {
  readonly url?: string;
  readonly sentinel?: {
    readonly primary: string;
    readonly urls: readonly string[];
    readonly passwordFile?: string;
  };
  readonly cluster?: readonly string[];
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly keyFile?: string;
  readonly key?: string;
  readonly prefix?: string;
  readonly timeout?: string;
  readonly lease?: string;
}
