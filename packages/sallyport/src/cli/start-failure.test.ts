import { describe, expect, it } from "vitest";

import { startFailure } from "./start-failure.ts";

const error = (fields: object): Error => Object.assign(new Error("EACCES: permission denied"), fields);

describe("startFailure", () => {
  it("says of a port that this user may not have it", () => {
    const failure = startFailure(error({ code: "EACCES", syscall: "listen", address: "0.0.0.0", port: 443 }));
    expect(failure).toEqual({
      message: expect.stringMatching(/^0\.0\.0\.0:443 may not be listened on/),
      exitCode: 3,
    });
  });

  it.each(["EACCES", "EPERM", "EROFS"])("says of a file that this user may not use it (%s)", (code) => {
    const failure = startFailure(error({ code, syscall: "open", path: "/etc/sallyport/admin.token" }));
    expect(failure).toEqual({
      message: `/etc/sallyport/admin.token: the user that the gate runs as may not use it (${code}): let it, or name another place`,
      exitCode: 2,
    });
  });

  it("leaves other words as they are", () => {
    const failure = startFailure(error({ code: "ENOENT", path: "/no/such" }));
    expect(failure).toEqual({ message: "EACCES: permission denied", exitCode: 2 });
  });
});
