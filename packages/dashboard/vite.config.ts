import type { UserConfig } from "vite";

/**
 * Everything is a file of its own under a hashed name: the gate serves the page under a policy that allows no script and no style
 * inside a document, and nothing from elsewhere.
 */
const config: UserConfig = {
  base: "/dashboard/",
  resolve: { conditions: ["sallyport-source", "module", "browser", "production"] },
  build: {
    outDir: "../sallyport/dashboard",
    emptyOutDir: true,
    target: "es2024",
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
};

export default config;
