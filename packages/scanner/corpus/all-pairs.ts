import type { CorpusPair } from "./pair.ts";
import { viteCswsh } from "./pairs/vite-cswsh.ts";
import { viteInvoke } from "./pairs/vite-invoke.ts";
import { wdsOrigin } from "./pairs/wds-origin.ts";
import { sioCors } from "./pairs/sio-cors.ts";
import { sioError } from "./pairs/sio-error.ts";
import { siopPlaceholder } from "./pairs/siop-placeholder.ts";
import { siopAttach } from "./pairs/siop-attach.ts";
import { eioTransportProto } from "./pairs/eio-transport-proto.ts";
import { eioBufsize } from "./pairs/eio-bufsize.ts";
import { eioCrashRsv } from "./pairs/eio-crash-rsv.ts";
import { eioCrashReset } from "./pairs/eio-crash-reset.ts";
import { wsMaxpayload } from "./pairs/ws-maxpayload.ts";
import { wsRedos } from "./pairs/ws-redos.ts";
import { wsFrag } from "./pairs/ws-frag.ts";
import { wsHeaders } from "./pairs/ws-headers.ts";
import { wsdriverDraft75 } from "./pairs/wsdriver-draft75.ts";
import { fastifyWs } from "./pairs/fastify-ws.ts";
import { nesCookie } from "./pairs/nes-cookie.ts";
import { undiciWindowBits } from "./pairs/undici-window-bits.ts";
import { undiciDeflate } from "./pairs/undici-deflate.ts";
import { undiciFrag } from "./pairs/undici-frag.ts";
import { undiciLen64 } from "./pairs/undici-len64.ts";

/** Every pair, in the order of the table. A new one is a line here. */
export const allPairs: readonly CorpusPair[] = [
  viteCswsh,
  viteInvoke,
  wdsOrigin,
  sioCors,
  sioError,
  siopPlaceholder,
  siopAttach,
  eioTransportProto,
  eioBufsize,
  eioCrashRsv,
  eioCrashReset,
  wsMaxpayload,
  wsRedos,
  wsFrag,
  wsHeaders,
  wsdriverDraft75,
  fastifyWs,
  nesCookie,
  undiciLen64,
  undiciWindowBits,
  undiciFrag,
  undiciDeflate,
];
