// Starts the page of the API: fetches its documents, goes on with the console's session if there is one, and draws.
import { render } from "preact";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/pieces.css";
import "./docs.css";
import "./route.css";
import "./attempt.css";
import "./socket.css";
import { session } from "../session";
import { load } from "./documents";
import { Page } from "./page";

const root = document.getElementById("docs");
if (root !== null) {
  render(<Page />, root);
  void load();
  void session.resume();
}
