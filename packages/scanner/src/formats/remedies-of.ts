import type { Remedy } from "../check.ts";

/** What is written where, to mend a fault. */
export interface RemedyLine {
  readonly where: string;
  readonly code: string;
}

/** The lines of a remedy, by what they are for. */
export function remediesOf({ ws, socketIo, nginx, project, sallyport }: Remedy): readonly RemedyLine[] {
  return [
    { where: "ws", code: ws },
    { where: "Socket.IO", code: socketIo },
    { where: "nginx", code: nginx },
    { where: "package.json", code: project },
    { where: "sallyport.yaml", code: sallyport },
  ].flatMap(({ where, code }) => (code === undefined ? [] : [{ where, code }]));
}
