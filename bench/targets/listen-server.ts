import { readFileSync } from "node:fs";
import { listen, type Handler, type ListenInput } from "../../packages/sallyport/src/index.ts";
import { options } from "./web-server.ts";

// An echo server made with `listen`, with events or with a loop, or one that publishes what it is sent to all.

const TOPIC = "all";
const policy: ListenInput = JSON.parse(readFileSync(options.policy ?? "", "utf8"));

const events: Handler = { message: (connection, data) => void connection.send(data) };
const iterating: Handler = async (connection) => {
  for await (const { data } of connection) await connection.send(data);
};
const publishing: Handler = {
  open: (connection) => connection.subscribe(TOPIC),
  message: (_connection, data) => void server.publish(TOPIC, data),
};
const handler = options.broadcast ? publishing : options.iterate ? iterating : events;

const server = await listen({ ...policy, listen: { address: "127.0.0.1:0", tls: "off" } }, handler);
const [url = ""] = server.urls;
console.log(`listening ${new URL(url).port}`);
