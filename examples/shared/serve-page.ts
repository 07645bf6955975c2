import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";

import { bundlePage } from "./bundle-page.ts";

/** What a browser is served besides `/`, by its name; nothing else in the directory is. */
export interface PageFiles {
  readonly directory: URL;
  /** Such as `index.html`, `page.css`; `index.html` is also `/`. Scripts are bundled with all that they import. */
  readonly names: readonly string[];
  /** Default: scripts, styles and connections of the page's own origin alone, and no text that becomes markup. */
  readonly contentSecurityPolicy?: string;
}

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Scripts, styles and connections of the page's own origin alone, and no text that becomes markup. */
export const strictPolicy: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Answers with a file of a page, under a Content-Security-Policy. `false`: there is no such file, and nothing was answered. */
export async function servePage(
  { directory, names, contentSecurityPolicy = strictPolicy }: PageFiles,
  path: string,
  response: ServerResponse,
): Promise<boolean> {
  const name = path === "/" ? "index.html" : path.slice(1);
  if (!names.includes(name)) return false;
  const type = name.slice(name.lastIndexOf(".") + 1);
  const file = new URL(name, directory);
  const body = type === "js" ? await bundlePage(file) : await readFile(file);
  response.writeHead(200, {
    "Content-Type": types[type] ?? "application/octet-stream",
    "Content-Security-Policy": contentSecurityPolicy,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
  return true;
}
