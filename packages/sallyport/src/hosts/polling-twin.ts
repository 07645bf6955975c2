/** Paths by which SockJS falls back to HTTP. */
const SOCKJS = /\/(?:xhr|xhr_send|xhr_streaming|jsonp|jsonp_send|eventsource|htmlfile)$/;

/**
 * Whether a plain request is the long-polling twin of a WebSocket: Engine.IO's (Socket.IO) or SockJS's. It carries the same
 * messages past every message guard, so it never goes through `http: forward`.
 *
 * @param query without `?`
 */
export function isPollingTwin(path: string, query: string): boolean {
  return new URLSearchParams(query).has("EIO") || SOCKJS.test(path);
}
