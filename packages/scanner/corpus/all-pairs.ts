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
import { wsextRedos } from "./pairs/wsext-redos.ts";
import { wsInherited } from "./pairs/ws-inherited.ts";
import { wdsIp } from "./pairs/wds-ip.ts";
import { siopEvent } from "./pairs/siop-event.ts";
import { mercuriusFrame } from "./pairs/mercurius-frame.ts";
import { nextNull } from "./pairs/next-null.ts";
import { esbuildCors } from "./pairs/esbuild-cors.ts";
import { nextOrigin } from "./pairs/next-origin.ts";
import { vitestToken } from "./pairs/vitest-token.ts";
import { trpcParams } from "./pairs/trpc-params.ts";
import { feathersName } from "./pairs/feathers-name.ts";

/** Every package, in the order of the table. A new one is a line here. */
export const firstPairs: readonly CorpusPair[] = [
  viteCswsh,
  viteInvoke,
  esbuildCors,
  vitestToken,
  nextOrigin,
  nextNull,
  wdsOrigin,
  wdsIp,
  sioCors,
  sioError,
  siopPlaceholder,
  siopEvent,
  siopAttach,
  eioTransportProto,
  eioBufsize,
  eioCrashRsv,
  eioCrashReset,
  wsMaxpayload,
  wsRedos,
  wsFrag,
  wsHeaders,
  wsInherited,
  wsdriverDraft75,
  wsextRedos,
  fastifyWs,
  mercuriusFrame,
  trpcParams,
  feathersName,
  nesCookie,
  undiciLen64,
  undiciWindowBits,
  undiciFrag,
  undiciDeflate,
];

/** Every pair: of each package the first, and one for each other line of its releases. */
export const allPairs: readonly CorpusPair[] = firstPairs.flatMap((pair) =>
  [pair].concat((pair.branches ?? []).map((branch) => pairOf(pair, branch))),
);

function pairOf(pair: CorpusPair, branch: NonNullable<CorpusPair["branches"]>[number]): CorpusPair {
  return { ...pair, ...branch, name: `${pair.name}-${Number.parseInt(branch.fixed, 10)}` };
}
