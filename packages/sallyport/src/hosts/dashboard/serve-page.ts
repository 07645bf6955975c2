import type { IncomingMessage, ServerResponse } from "node:http";
import type { DashboardFiles } from "./dashboard-files.ts";
import { pageHeaders } from "./page-headers.ts";

/** A year, in seconds: as long as caches keep anything (RFC 9111 1.2.2). */
const FOR_EVER = "public, max-age=31536000, immutable";

/** Sends the file for a path below `/dashboard/`, or says that there is none. For GET and HEAD. */
export async function servePage(
  files: DashboardFiles,
  path: string,
  { incoming, response }: { readonly incoming: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const file = await files.find(path);
  if (file === null && (await files.find("")) === null)
    return sendPlainPage(response, 503, {
      title: "The dashboard is not built",
      text: "In a checkout, run npm run build -w @sallyport/dashboard, then load this page again. The package sallyport has it.",
    });
  if (file === null) return sendPlainPage(response, 404, { title: "Nothing here", text: path });
  const { body, gzipped, contentType, isHashed } = file;
  const isGzip = gzipped !== null && /\bgzip\b/.test(incoming.headers["accept-encoding"] ?? "");
  const content = isGzip ? gzipped : body;
  response.writeHead(200, {
    ...pageHeaders,
    "Content-Type": contentType,
    "Content-Length": content.length,
    "Cache-Control": isHashed ? FOR_EVER : "no-store",
    Vary: "Accept-Encoding",
    ...(isGzip ? { "Content-Encoding": "gzip" } : {}),
  });
  response.end(incoming.method === "HEAD" ? undefined : content);
}

/** Sends a page of two lines, for what has no page of its own. What is said is shown as text. */
export function sendPlainPage(
  response: ServerResponse,
  status: number,
  { title, text }: { readonly title: string; readonly text: string },
): void {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)} - Sallyport</title><h1>${escape(title)}</h1><p>${escape(text)}</p></html>\n`;
  response.writeHead(status, {
    ...pageHeaders,
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
  });
  response.end(body);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
