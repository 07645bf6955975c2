import type { AttackKind } from "./attack.ts";
import { connectionAttacks } from "./attacks/connections.ts";
import { handshakeAttacks } from "./attacks/handshakes.ts";
import { insiderAttacks } from "./attacks/insiders.ts";

/** Every kind of attack that is mixed into normal life. */
export const attacks: readonly AttackKind[] = [...handshakeAttacks, ...connectionAttacks, ...insiderAttacks];
