import type { Specimen } from "../specimen.ts";
import { logoutScene } from "../logout-scene.ts";

/** What accepts-ended-session is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that only takes the cookie away": logoutScene({ forgets: false }) },
  clean: { "a server that ends all of the session": logoutScene() },
};
