import { connectionLimit } from "../guards/connection-limit.ts";
import { dialect } from "../guards/dialect.ts";
import { expiry } from "../guards/expiry.ts";
import { firewall } from "../guards/firewall.ts";
import type { GuardDefinition } from "../guards/guard.ts";
import { heartbeat } from "../guards/heartbeat.ts";
import { identity } from "../guards/identity.ts";
import { leak } from "../guards/leak.ts";
import { messageRate } from "../guards/message-rate.ts";
import { messageSchema } from "../guards/message-schema.ts";
import { messageSize } from "../guards/message-size.ts";
import { messageToken } from "../guards/message-token.ts";
import { origin } from "../guards/origin.ts";
import { permission } from "../guards/permission.ts";
import { revocation } from "../guards/revocation.ts";
import { slowConsumer } from "../guards/slow-consumer.ts";
import { subprotocol } from "../guards/subprotocol.ts";
import { threat } from "../guards/threat.ts";
import { ticket } from "../guards/ticket.ts";

/** Every guard of this version, in the order in which a route asks them. */
export const builtInGuards: readonly GuardDefinition<unknown>[] = [
  firewall,
  connectionLimit,
  origin,
  subprotocol,
  ticket,
  identity,
  messageSize,
  dialect,
  messageRate,
  threat,
  messageToken,
  messageSchema,
  permission,
  leak,
  expiry,
  revocation,
  heartbeat,
  slowConsumer,
];
