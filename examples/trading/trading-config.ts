/** The configuration of the trading desk's gate, what it names, and the ports that it is written with. */
export const tradingConfig: {
  readonly config: URL;
  readonly beside: readonly string[];
  readonly ports: Readonly<Record<"gate" | "admin" | "desk", number>>;
} = {
  config: new URL("sallyport.yaml", import.meta.url),
  beside: ["client.schema.json"],
  ports: { gate: 8445, admin: 9092, desk: 8085 },
};
