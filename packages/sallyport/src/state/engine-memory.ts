/** How much memory an engine uses, and what it does when there is no more. */
export interface EngineMemory {
  /** Of all that is in it, bytes. */
  readonly usedBytes: number;
  /** How much it may use, bytes; 0: as much as its machine has. */
  readonly limitBytes: number;
  /** By which it drops what it likes when it is full, such as `allkeys-lru`; `null`: it refuses, and drops nothing. */
  readonly drops: string | null;
}

/** What the answer to `INFO memory` says; `null`: it says nothing of that. */
export function readEngineMemory(info: unknown): EngineMemory | null {
  if (typeof info !== "string") return null;
  const numberOf = (name: string): number =>
    Number(new RegExp(String.raw`^${name}:(\d{1,15})\r?$`, "m").exec(info)?.[1]);
  const [usedBytes, limitBytes] = [numberOf("used_memory"), numberOf("maxmemory")];
  if (Number.isNaN(usedBytes) || Number.isNaN(limitBytes)) return null;
  const policy = /^maxmemory_policy:([\w-]{1,32})/m.exec(info)?.[1] ?? "noeviction";
  return { usedBytes, limitBytes, drops: limitBytes > 0 && policy !== "noeviction" ? policy : null };
}

/** What is allowed of an engine's memory and probably not meant, and how to mend it; `null`: nothing. */
export function memoryWarning({ limitBytes, drops }: EngineMemory): {
  readonly found: string;
  readonly mend: string;
} | null {
  if (drops !== null)
    return {
      found: `the engine drops what it likes when it is full (maxmemory-policy ${drops})`,
      mend: "Set it to noeviction",
    };
  if (limitBytes === 0)
    return {
      found: "the engine takes as much memory as its machine has (maxmemory 0)",
      mend: "Set maxmemory, such as 256mb, and maxmemory-policy noeviction",
    };
  return null;
}
