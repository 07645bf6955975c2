import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { Server } from "@hocuspocus/server";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { Doc } from "yjs";
import type { HostName } from "../hosts/guarded-server.ts";
import { guardApplication, type Bearer, type GuardedApplication } from "./guarded-application.ts";

/**
 * A Hocuspocus server behind a gate with the policy `yjs.yaml`. A connection is about the document in its path: the gate holds the
 * path against the token, and this server the name in the messages against the path.
 */
export async function guardDocuments(host: HostName): Promise<GuardedApplication> {
  const application = new Server({
    quiet: true,
    stopOnSignals: false,
    async onConnect({ documentName, request }) {
      if (request.url?.split("?")[0] !== `/documents/${documentName}`) throw new Error("another document");
    },
  });
  return await guardApplication(host, application.httpServer, "yjs");
}

/** Somebody who edits a document. */
export interface Editor {
  readonly document: Doc;
  readonly provider: HocuspocusProvider;
  readonly socket: HocuspocusProviderWebsocket;
}

/** Opens a document with Hocuspocus' own provider; resolves when it is in step. */
export async function edit({ wsUrl }: GuardedApplication, headers: Bearer, name = "novel"): Promise<Editor> {
  class AuthenticatedSocket extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { ...headers } });
    }
  }
  const document = new Doc();
  const socket = new HocuspocusProviderWebsocket({
    url: `${wsUrl}/documents/${name}`,
    WebSocketPolyfill: AuthenticatedSocket,
  });
  const synced = Promise.withResolvers<void>();
  const provider = new HocuspocusProvider({
    name,
    document,
    websocketProvider: socket,
    onSynced: () => synced.resolve(),
  });
  provider.attach();
  onTestFinished(() => {
    provider.destroy();
    socket.destroy();
  });
  await synced.promise;
  return { document, provider, socket };
}
