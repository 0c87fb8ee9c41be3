// Starts the console: goes on with the session if there is one, and draws.
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
import "./styles/areas.css";
import "./styles/overlays.css";
import "./styles/pages.css";
import { App } from "./app";
import { beginKeyboard } from "./keyboard";
import { session } from "./session";
import { beginAreas } from "./state/areas";
import { begin } from "./state/following";

const root = document.getElementById("console");
if (root !== null) {
  begin();
  beginAreas();
  beginKeyboard();
  render(<App />, root);
  void session.resume();
}
