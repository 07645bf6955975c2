import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A site of the scanner's own, on loopback: the same blank page under every name that leads here. */
export interface AttackerSite {
  readonly port: number;
  /** Its origin under a name. Every name below `localhost` is a site of its own, and leads browsers to loopback (RFC 6761 6.3). */
  readonly origin: (host: string) => string;
  /** The requests that the page at `BEACON` was asked for: whether a cookie of this site came with each. */
  readonly beacons: readonly boolean[];
  readonly close: () => Promise<void>;
}

/** A path at which the site sets a cookie for other sites' pages; where it is loaded again from another site, it is seen whether that came. */
export const BEACON = "/beacon";
const COOKIE = "sallyport-scan=1; Path=/; Secure; SameSite=None";
const PAGE = "<!doctype html><meta charset=utf-8><title>sallyport-scan: another site</title>";

/** Serves the page of another site, on a free loopback port. */
export async function startAttackerSite(): Promise<AttackerSite> {
  const beacons: boolean[] = [];
  const server = createServer((request, response) => answer(request, response, beacons));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    origin: (host) => `http://${host}:${port}`,
    beacons,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer({ url, headers }: IncomingMessage, response: ServerResponse, beacons: boolean[]): void {
  const isBeacon = url === BEACON;
  if (isBeacon) beacons.push((headers.cookie ?? "").includes("sallyport-scan="));
  response.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    ...(isBeacon ? { "Set-Cookie": COOKIE } : {}),
  });
  response.end(PAGE);
}
