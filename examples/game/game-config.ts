/** The configuration of the board's gate, and the ports that it is written with. */
export const gameConfig: {
  readonly config: URL;
  readonly ports: Readonly<Record<"gate" | "admin" | "game", number>>;
} = {
  config: new URL("sallyport.yaml", import.meta.url),
  ports: { gate: 8444, admin: 9091, game: 8084 },
};
