/** What stands above the tables: what they are about, and when the generator was frozen. */
export const introduction = `# The watch on simulated weeks

What the watch finds with all of its defaults, and what it tells though nothing is wrong, measured with \`npm run bench:watch -- --write\`, which writes this page.
The only options set are those of an operator's first day: the load balancers' addresses under \`allow\`, the uptime monitor's user under \`allowUsers\`.

A chat, a game and a trading front end are used by as many people as the table says, besides visitors, bots, strangers and attackers. [\`watch/life.ts\`](watch/life.ts) has every
parameter of normal life with its reason; [\`watch/attacks/\`](watch/attacks) has the attacks, with how much of what in how long. It is no recording: other traffic has other figures.

- **Frozen.** Generator, labels and doses were written without a look at any detector and committed as \`c8a87f9\`, before the first run. That run showed four mistakes of the
  generator's own, which the commit after the merge mends and names; no dose was changed. A test holds a digest of every signal and label of nine days.
- **Signals.** An open connection is told of every ten seconds while its user is busy, as the gate does; once a minute where a stream is steady, once in five minutes where next to nothing is sent.
- **Nobody reacts.** Who would be banned or closed goes on, so that each attack is told for as long as it lasts.
- **Found**: a detector that should tell of it told of one of its addresses, users or sessions (or of the route, where only the route shows it) between its beginning and an hour after its end.
- **False**: a finding that is about nobody of any label at that time. Grey: a scanner of the whole internet that asks for more than fifteen things; to tell of it is neither right nor wrong.
- A finding is counted each time that the watch tells it: repetitions within the quiet time are not told. What it says about findings left out is right while there is an attack of theirs.
- Stealthy attacks are there to see where it ends: nobody is blamed for missing them. Shares are in percent, with 95 % intervals after Wilson.
- Seeds 1 and 3 were looked at while detectors were tuned. 11 and 12 were held out: they were run after the last change to a detector or a limit, and never before.
`;
