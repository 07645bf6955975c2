import { registerHooks } from "node:module";

// Loaded before a gateway: it is of a version that writes another format into the engine, and the same in everything else.
const OLD = /(REDIS_FORMAT = )(\d+)/;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/\/state\/redis-connection\.[jt]s$/.test(url)) return loaded;
    const { source: given = "" } = loaded;
    const source = typeof given === "string" ? given : new TextDecoder().decode(given ?? undefined);
    if (!OLD.test(source)) throw new Error("the format of the engine's keys is not where it was");
    return {
      ...loaded,
      source: source.replace(OLD, (_all, name, version) => `${name}${Number(version) + 1}`),
    };
  },
});
