// Whether the gate of this container is ready: exit code 0 or 1.
import { get as getPlain } from "node:http";
import { get as getByTls } from "node:https";

const url = process.env.HEALTH_URL ?? "https://127.0.0.1:8443/.sallyport/ready";
const get = url.startsWith("https:") ? getByTls : getPlain;
// oxlint-disable-next-line sallyport/no-unverified-tls -- it asks its own container, and sends nothing
get(url, { rejectUnauthorized: false, timeout: 2000 }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
})
  .on("timeout", () => process.exit(1))
  .on("error", () => process.exit(1));
