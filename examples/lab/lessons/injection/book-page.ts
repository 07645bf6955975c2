import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";

/** What one guest left. */
export interface Entry {
  readonly name: string;
  readonly text: string;
}

/** Answers with the page of the book or its script, from this folder; no policy would stop what the lesson shows. */
export async function serveBook(folder: string, path: string, response: ServerResponse): Promise<void> {
  const [name, type] = path === "/book.js" ? ["book.js", "text/javascript"] : ["index.html", "text/html"];
  const body = await readFile(new URL(`${folder}/${name}`, import.meta.url));
  response.writeHead(path === "/" || path === "/book.js" ? 200 : 404, {
    "Content-Type": `${type}; charset=utf-8`,
  });
  response.end(body);
}
