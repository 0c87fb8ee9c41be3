// Starts the console: goes on with the session if there is one, and draws; at an unknown address says just that.
import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/pieces.css";
import "./styles/choice.css";
import "./styles/shell.css";
import "./styles/header.css";
import "./styles/overview.css";
import "./styles/tiles.css";
import "./styles/alerts.css";
import "./styles/charts.css";
import "./styles/map.css";
import "./styles/areas.css";
import "./styles/drawer.css";
import "./styles/cards.css";
import "./styles/overlays.css";
import "./styles/door.css";
import "./styles/pages.css";
import "./styles/servers.css";
import { App } from "./app";
import { beginKeyboard } from "./keyboard";
import { LostPage } from "./pages/lost";
import { session } from "./session";
import { isKnown } from "./state/addresses";
import { beginSpeaking } from "./state/speaking";
import { beginAreas } from "./state/areas";
import { beginGaps } from "./state/gaps";
import { begin } from "./state/following";

const root = document.getElementById("console");
// What the document began with has been seen.
root?.replaceChildren();
if (root !== null && !isKnown) render(<LostPage />, root);
else if (root !== null) {
  begin();
  beginSpeaking();
  beginAreas();
  beginGaps();
  beginKeyboard();
  render(<App />, root);
  void session.resume();
}
