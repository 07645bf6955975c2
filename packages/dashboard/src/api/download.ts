import { readAnswer, unreachable, type Answer } from "./answer.ts";

/** The longest file that a page takes into memory, bytes: more is exported by the command. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Asks the admin API for a file and gives it to the browser to keep. Never throws. @param name of the file */
export async function download(path: string, name: string): Promise<Answer<null>> {
  try {
    const response = await fetch(path, {
      headers: { "Sallyport-Request": "1" },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
    if (!response.ok) return readAnswer<null>(response.status, await response.json().catch(() => null));
    const blob = await wholeOf(response).catch(() => "broken" as const);
    if (blob === "broken")
      return {
        ...unreachable,
        trouble: "failed",
        sentence:
          "the file ended before it was whole: it came too slowly, your rights ended, or the gateway did",
      };
    if (blob === null)
      return {
        ...unreachable,
        trouble: "not-understood",
        sentence: "more than 256 MiB: ask for fewer records, or use `sallyport journal export`",
      };
    keep(blob, name);
    return { ok: true, body: null };
  } catch {
    return unreachable;
  }
}

async function wholeOf({ body, headers }: Response): Promise<Blob | null> {
  const pieces: BlobPart[] = [];
  let size = 0;
  const reader = body?.getReader();
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
    size += read.value.byteLength;
    if (size > MOST_BYTES) {
      await reader?.cancel();
      return null;
    }
    pieces.push(read.value);
  }
  return new Blob(pieces, { type: headers.get("Content-Type") ?? "application/octet-stream" });
}

function keep(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun to keep it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
