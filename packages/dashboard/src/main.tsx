import { render } from "preact";

import { App } from "./shell/app.tsx";
import { followAddress } from "./shell/place.ts";
import { returnToPlace } from "./shell/return-place.ts";
import { applyTheme } from "./shell/theme.ts";

applyTheme();
returnToPlace();
followAddress();
const page = document.querySelector("#page");
if (page !== null) render(<App />, page);
