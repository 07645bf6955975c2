import { readdirSync, readFileSync } from "node:fs";

/** CPU time that a process and its descendants have used on all their threads, user and system, in nanoseconds. */
export function cpuNanoseconds(pid: number): number {
  return sumOverProcesses(pid, (id) => {
    let sum = 0;
    for (const thread of list(`/proc/${id}/task`))
      sum += Number(read(`/proc/${id}/task/${thread}/schedstat`).split(" ", 1)[0]);
    return sum;
  });
}

/** Proportional resident memory of a process and its descendants, in bytes. */
export function residentBytes(pid: number): number {
  return sumOverProcesses(pid, (id) => {
    const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${id}/smaps_rollup`));
    return Number(pss?.[1] ?? 0) * 1024;
  });
}

function sumOverProcesses(pid: number, measure: (pid: number) => number): number {
  return measure(pid) + childrenOf(pid).reduce((sum, child) => sum + sumOverProcesses(child, measure), 0);
}

function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`)
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(" "))
    .filter((text) => text.trim() !== "")
    .map(Number);
}

/** A thread or process may end between two looks. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
