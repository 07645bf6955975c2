/** The configuration of the chat's gate, what it names, and the ports that it is written with. */
export const chatConfig: {
  readonly config: URL;
  readonly beside: readonly string[];
  readonly ports: Readonly<Record<"gate" | "admin" | "chat", number>>;
} = {
  config: new URL("sallyport.yaml", import.meta.url),
  beside: ["chat.schema.json"],
  ports: { gate: 8443, admin: 9090, chat: 8081 },
};
