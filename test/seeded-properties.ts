import * as fc from "fast-check";

// Whether a commit passes must follow from the commit alone. `SEED=$RANDOM npx vitest run …` looks elsewhere.
const { SEED } = process.env;
fc.configureGlobal({ seed: SEED === undefined ? 20_261_129 : Number(SEED) });
