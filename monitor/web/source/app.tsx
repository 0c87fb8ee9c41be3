// Chooses what is shown: the door, the drivers' pages, or the console for those who watch a network or the models.
import type { ComponentType, JSX } from "preact";
import { AreaDrawer } from "./parts/area_drawer";
import { Shell } from "./parts/shell";
import { lazily } from "./parts/lazily";
import { Splash } from "./parts/splash";
import { AlertsPage } from "./pages/alerts";
import { DevicesPage } from "./pages/devices";
import { MapPage } from "./pages/map";
import { NoProviderPage } from "./pages/no_provider";
import { OverviewPage } from "./pages/overview";
import { QualityPage } from "./pages/quality";
import { RulesPage } from "./pages/rules";
import { ServersPage } from "./pages/servers";
import { SignInPage } from "./pages/sign_in";
import { session } from "./session";
import type { Page } from "./state/place";
import { mayDiagnose, mayWatch, page, person, provider, providers } from "./state/providers";

/** Drivers do not wait for the console, nor those who watch a network for this. */
const Garage = lazily(() => import("./garage/garage").then((module) => module.Garage), "page");
const ModelsPage = lazily(() => import("./pages/models").then((module) => module.ModelsPage), "240px");
const YouPage = lazily(() => import("./pages/you").then((module) => module.YouPage), "420px");

const PAGE_VIEWS: Record<Page, ComponentType> = {
  overview: OverviewPage,
  map: MapPage,
  alerts: AlertsPage,
  rules: RulesPage,
  devices: DevicesPage,
  quality: QualityPage,
  models: ModelsPage,
  servers: ServersPage,
  you: YouPage,
};

/** These are of no network, and shown before there is one. */
const OF_NO_NETWORK: readonly Page[] = ["models", "servers", "you"];

export function App(): JSX.Element {
  const state = session.state.value;
  if (state.kind === "unknown") return <Splash />;
  if (state.kind === "absent") return <SignInPage why={state.why} />;
  if (mayDiagnose.value) return <Garage />;
  return (
    <Shell>
      <Content />
    </Shell>
  );
}

function Content(): JSX.Element | null {
  const View = PAGE_VIEWS[page.value];
  if (!mayWatch.value || OF_NO_NETWORK.includes(page.value)) return <View />;
  if (provider.value === null) return providers.value.length > 0 || person.value?.role === "operator" ? <NoProviderPage /> : null;
  return (
    <>
      <View />
      <AreaDrawer />
    </>
  );
}
