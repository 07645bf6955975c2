import { shopScene } from "../shop-proof.ts";
import type { Specimen } from "../specimen.ts";

/** What hijack-proven is proven on: in Chromium, with a login. */
export const specimen: Specimen = {
  vulnerable: {
    "a server that knows its users by a cookie for every site": shopScene("forEverySite"),
  },
  clean: {
    "a server whose cookie is SameSite=Lax": shopScene("lax"),
    "a server whose cookie is young and says nothing of sites, which lets it go with a POST but with no handshake":
      shopScene("unsaid"),
    "a server whose cookie is Partitioned": shopScene("partitioned"),
    "a server that looks at the origin": shopScene("guarded"),
  },
};
