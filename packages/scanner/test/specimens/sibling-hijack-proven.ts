import { shopScene } from "../shop-proof.ts";
import type { Specimen } from "../specimen.ts";

/** What sibling-hijack-proven is proven on: in Chromium, with a login. */
export const specimen: Specimen = {
  vulnerable: {
    "a server whose cookie is SameSite=Lax": shopScene("lax"),
    "a server whose cookie is Partitioned": shopScene("partitioned"),
  },
  clean: { "a server that looks at the origin": shopScene("guarded") },
};
