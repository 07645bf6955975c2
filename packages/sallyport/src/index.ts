/** Everything a server developer imports from `sallyport`. */
// oxlint-disable-next-line import/no-unassigned-import -- it throws on an older Node, before anything else runs
import "./hosts/refuse-old-node.ts";
export type { ErrorCode, ErrorRow } from "./errors.ts";
export type { FindingEvent, SallyportEvent } from "./events.ts";
export { defineConfig } from "./policy/define-config.ts";
export type {
  ConfigInput,
  JwtInput,
  ListenerInput,
  RouteInput,
  RouteOptions,
} from "./policy/define-config.ts";
export { attach } from "./hosts/attach.ts";
export type { Attached, AttachOptions } from "./hosts/attach.ts";
export { listen } from "./hosts/listen.ts";
export type { ListenOptions, ListenServer, OwnServer, UpgradeOption } from "./hosts/listen.ts";
export type {
  AnswerUpgrade,
  ConnectionEvents,
  Handler,
  Refusal,
  UpgradeRequest,
  Welcome,
} from "./hosts/listen-handler.ts";
export type { Connection, IterationOptions, ReceivedMessage, SendOptions } from "./hosts/connection.ts";
export type { ConnectionClose } from "./hosts/connection-close.ts";
export { MessageCutShort } from "./hosts/message-body.ts";
export type { MessageBody } from "./hosts/message-body.ts";
export type { StreamSource } from "./hosts/stream-sender.ts";
export type { AttachedRequest } from "./hosts/dress-request.ts";
export type { DrainOptions } from "./hosts/drain.ts";
export type { KeptFinding } from "./hosts/findings.ts";
export type { Identity } from "./guards/guard.ts";
export type { MasterKey } from "./journal/master-key.ts";
export type { AttachInput, AttachRouteInput, ListenInput } from "./policy/attach-config.ts";
export type { WatchInput } from "./policy/watch-input.ts";
export type { BanAdded, BanTerms, Ban, MemoryBans } from "./state/memory-bans.ts";
