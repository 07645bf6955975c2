import { z } from "zod";
import type { OpenState } from "../../state/open-state.ts";
import type { AcmeStore } from "./acme-store.ts";

/** How the nodes of a gate have certificates in common. */
export interface AcmeSharing {
  readonly store: AcmeStore;
  /** Has every other node look at what is stored for a certificate; resolves when they have, or do not answer. Never rejects. */
  tell(name: string): Promise<void>;
  /** Has `look` called when another node says so. */
  onTold(look: (name: string) => Promise<void>): void;
}

const ORDER = "certificate";
/** A node that was away looks when it is back; by itself it does so every minute. */
const LASTS_MS = 60_000;
const certificateNameShape = z.string().max(128);

/** By the vault and the orders of a gate's nodes; `null`: there are none, or no secret to seal keys with. */
export function shareCertificates({
  vault,
  orders,
}: Pick<OpenState, "vault" | "orders">): AcmeSharing | null {
  if (vault === null || orders === null) return null;
  return {
    store: vault,
    async tell(name) {
      await orders.askAll({ name: ORDER, parameters: [name], lastsMs: LASTS_MS });
    },
    onTold(look) {
      orders.serveNamed(ORDER, async ([name]) => {
        await look(certificateNameShape.parse(name));
        return null;
      });
    },
  };
}
