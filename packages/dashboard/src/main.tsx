import { render } from "preact";

import { App } from "./shell/app.tsx";
import { pressHeldKeysOnce } from "./shell/held-key.ts";
import { followAddress } from "./shell/place.ts";
import { returnToPlace } from "./shell/return-place.ts";
import { applyTheme } from "./shell/theme.ts";

applyTheme();
returnToPlace();
followAddress();
pressHeldKeysOnce();
const page = document.querySelector("#page");
if (page !== null) render(<App />, page);
