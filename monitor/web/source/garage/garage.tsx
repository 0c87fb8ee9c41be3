// The drivers' half of the pages: begins what keeps, sends and follows, and shows the page that the address names.
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import "./styles/frame.css";
import "./styles/pieces.css";
import "./styles/capture.css";
import "./styles/studio.css";
import "./styles/recorder.css";
import "./styles/progress.css";
import "./styles/result.css";
import "./styles/readings.css";
import "./styles/causes.css";
import "./styles/todo.css";
import "./styles/keeping.css";
import "./styles/print.css";
import { DevicesPage } from "../pages/devices";
import { lazily } from "../parts/lazily";
import { Frame } from "./frame";
import { CarsPage } from "./pages/cars";
import { DiagnosePage } from "./pages/diagnose";
import { DiagnosisPage } from "./pages/diagnosis";
import { HistoryPage } from "./pages/history";
import { SendingPage } from "./pages/sending";
import { WelcomePage } from "./pages/welcome";
import { forgetCars, loadCars } from "./state/cars";
import { load, unload } from "./state/cases";
import { askForQualities, followMe, forgetDiagnoses } from "./state/diagnoses";
import { beginInteractions } from "./state/interactions";
import { beginOutbox } from "./state/outbox";
import { forgetPictures } from "./state/pictures";
import { route, type PageName } from "./state/route";
import { uploads } from "./state/uploads";

// Few come here, and not first.
const ModelsPage = lazily(() => import("../pages/models").then((module) => module.ModelsPage), "240px");
const YouPage = lazily(() => import("../pages/you").then((module) => module.YouPage), "420px");

const PAGES: Record<PageName, ComponentType> = {
  diagnose: DiagnosePage,
  sending: SendingPage,
  history: HistoryPage,
  diagnosis: DiagnosisPage,
  cars: CarsPage,
  models: ModelsPage,
  devices: DevicesPage,
  you: YouPage,
  welcome: WelcomePage,
};

let hasBegun = false;

/** Nothing of one person stays in the page for the next; what is unsent stays on the phone, under the person's name. */
function forgetPerson(): void {
  unload();
  forgetDiagnoses();
  forgetCars();
  forgetPictures();
}

export function Garage(): JSX.Element {
  useEffect(() => {
    let leave = (): void => undefined;
    let isGone = false;
    // What is told on the channel is about files: those of this phone must be known before it is heard.
    void load().then(() => {
      if (isGone) return;
      void askForQualities();
      leave = followMe();
    });
    void loadCars();
    if (!hasBegun) {
      hasBegun = true;
      uploads.begin();
      beginOutbox();
      beginInteractions();
    }
    return () => {
      isGone = true;
      leave();
      forgetPerson();
    };
  }, []);
  const View = PAGES[route.value.page];
  return (
    <Frame>
      <View />
    </Frame>
  );
}
