import { createServer, type AddressInfo, type Server } from "node:net";
import type { ListenerPolicy } from "../policy/policy.ts";

/** Ports for several processes to listen at. */
export interface ReservedPorts {
  /** In the order of the listeners. */
  readonly ports: readonly number[];
  /** Call it when every process listens. */
  release(): void;
}

/**
 * Finds out which ports several processes can share. A port that is written must be free: sharing one, they would not notice
 * that another program's gate has it. Where it is 0 a free one is chosen, and held until all listen. Rejects as `listen` does.
 */
export async function reservePorts(
  listeners: readonly Pick<ListenerPolicy, "address" | "port">[],
): Promise<ReservedPorts> {
  const held: Server[] = [];
  const ports: number[] = [];
  const release = (): void => {
    for (const server of held) server.close();
  };
  try {
    for (const { address, port } of listeners) {
      // Asked for alone, a port that others share is in use.
      const server = await listen(address, port);
      ports.push((server.address() as AddressInfo).port);
      if (port === 0) held.push(server);
      else await close(server);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { ports, release };
}

function listen(host: string, port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, reusePort: port === 0 }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
