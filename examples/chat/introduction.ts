/** What the demo has started, and where. */
export interface Started {
  readonly gate: number;
  readonly attacker: number;
  readonly admin: number;
  /** The file with the token of its operator. */
  readonly tokenFile: string;
  /** The configuration that the gate reads, as it is written in a command. */
  readonly configFile: string;
}

/** What a newcomer reads: where to look, and what to type in a second terminal, in the same directory. */
export function introduction({ gate, attacker, admin, tokenFile, configFile }: Started): string {
  const access = `--config ${quoted(configFile)}`;
  return `
  The chat, through the gate     https://localhost:${gate}/
  The attacker's page            http://localhost:${attacker}/
  The dashboard of the gate      http://localhost:${admin}/
                                 sign in with the token in ${tokenFile}

  1. Open the chat and log in as ann. Your browser does not know the certificate of this machine's development CA:
     go on past the warning (Advanced, Proceed), or trust the CA whose file the gate names.
  2. Open it in a private window, too, and log in as ben. (A second tab would share ann's cookie.)
  3. Open the attacker's page in the browser of one of them: it tries ten attacks. What the gate decides appears below, and in the dashboard.

  In a second terminal, in this directory:

    who is connected   npx sallyport sessions list ${access}
    ben has to go      npx sallyport revoke --user ben ${access}
    who is revoked     npx sallyport revoke list ${access}
    ben may come back  npx sallyport revoke remove ID ${access}
    under other rules  edit ${configFile}, then
                       npx sallyport reload ${access}
    somebody attacks   npm run demo:attack
    somebody scans     npm run demo:scan
    what was noticed   npx sallyport watch list ${access}
    what passes        npx sallyport journal tail -f ${access}

  Ctrl-C ends everything.
`;
}

/** As a shell reads it. */
function quoted(path: string): string {
  return /^[\w./\\:@+-]+$/.test(path) ? path : `"${path}"`;
}
