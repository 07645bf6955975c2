import { release, type } from "node:os";

/** The kernel that a measurement was made on, without what its builder called it: such as `Linux 6.18.44`. */
export const kernel: string = `${type()} ${release().replace(/-.*$/s, "")}`;
