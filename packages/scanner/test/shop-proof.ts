import { chromiumPath } from "../../../test/browser/chromium.ts";
import type { SocketProof } from "../src/browser/browser-evidence.ts";
import { proveHijacks } from "../src/browser/prove-hijacks.ts";
import type { Scene } from "./specimen.ts";
import { startShop, type ShopSocket } from "./start-shop.ts";

type ShopScene = "forEverySite" | "lax" | "unsaid" | "partitioned" | "guarded";

/** How servers know their users, each at a path of its own. */
const SOCKETS: Readonly<Record<ShopScene, ShopSocket>> = {
  forEverySite: { path: "/open", cookie: "open" },
  lax: { path: "/lax", cookie: "lax" },
  unsaid: { path: "/bare", cookie: "bare", strangers: "refused" },
  partitioned: { path: "/apart", cookie: "apart", strangers: "closed" },
  guarded: { path: "/guarded", cookie: "open", isGuarded: true },
};

let made: Promise<ReadonlyMap<string, SocketProof>> | null = null;

/** What Chromium proves of all of them, made once a process: a browser takes a while to start. */
function proofs(): Promise<ReadonlyMap<string, SocketProof>> {
  return (made ??= prove());
}

async function prove(): Promise<ReadonlyMap<string, SocketProof>> {
  const shop = await startShop(Object.values(SOCKETS));
  try {
    const { sockets } = await proveHijacks({
      page: new URL(shop.url),
      endpoint: null,
      storageState: shop.login,
      path: chromiumPath ?? "",
      userAgent: "sallyport-scan",
      quietMs: 1000,
      isLocal: true,
    });
    return new Map(sockets.map(({ opening, proof }) => [new URL(opening.url).pathname, proof]));
  } finally {
    await shop.close();
  }
}

/** A scene in which a browser has tried one of the shop's sockets. */
export function shopScene(name: ShopScene): Scene {
  const socket = SOCKETS[name];
  return {
    start: async () => {
      const shop = await startShop([socket]);
      return { ...shop, url: `ws://localhost:${shop.port}${socket.path}` };
    },
    settings: async () => ({ browser: (await proofs()).get(socket.path) ?? null }),
  };
}
