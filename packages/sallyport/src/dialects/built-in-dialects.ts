import { binary } from "./binary.ts";
import type { DialectDefinition } from "./dialect.ts";
import { graphqlTransportWs } from "./graphql-transport-ws.ts";
import { json } from "./json.ts";
import { jsonRpc } from "./json-rpc.ts";
import { mqtt } from "./mqtt.ts";
import { socketIo } from "./socket-io.ts";
import { text } from "./text.ts";

/** Every dialect of this version. */
export const builtInDialects: readonly DialectDefinition<unknown>[] = [
  json,
  jsonRpc,
  graphqlTransportWs,
  socketIo,
  mqtt,
  text,
  binary,
];
