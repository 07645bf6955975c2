import type { Specimen } from "../specimen.ts";
import { logoutScene } from "../logout-scene.ts";

/** What outlives-logout is proven on. */
export const specimen: Specimen = {
  vulnerable: { "a server that only takes the cookie away": logoutScene({ closes: false }) },
  clean: { "a server that ends all of the session": logoutScene() },
};
