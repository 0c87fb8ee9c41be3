// Chooses what is shown: the door, the console for those who watch a network, or what other accounts may do.
import type { JSX } from "preact";
import { AreaDrawer } from "./parts/area_drawer";
import { Shell } from "./parts/shell";
import { lazily } from "./parts/lazily";
import { AlertsPage } from "./pages/alerts";
import { DevicesPage } from "./pages/devices";
import { ElsewherePage, NoProviderPage } from "./pages/elsewhere";
import { MapPage } from "./pages/map";
import { OverviewPage } from "./pages/overview";
import { QualityPage } from "./pages/quality";
import { RulesPage } from "./pages/rules";
import { ServersPage } from "./pages/servers";
import { SignInPage } from "./pages/sign_in";
import { session } from "./session";
import { place, type Page } from "./state/place";
import { mayDiagnose, mayWatch, person, provider, providers } from "./state/providers";

const PAGE_VIEWS: Record<Page, () => JSX.Element> = {
  overview: OverviewPage,
  map: MapPage,
  alerts: AlertsPage,
  rules: RulesPage,
  devices: DevicesPage,
  quality: QualityPage,
  servers: ServersPage,
};

/** Drivers do not wait for the console, nor those who watch a network for this. */
const Garage = lazily(() => import("./garage/garage").then((module) => module.Garage), "100vh");

export function App(): JSX.Element {
  const state = session.state.value;
  if (state.kind === "unknown") return <div class="splash" aria-busy="true" />;
  if (state.kind === "absent") return <SignInPage why={state.why} />;
  if (mayDiagnose.value) return <Garage />;
  return (
    <Shell>
      <Content />
    </Shell>
  );
}

function Content(): JSX.Element | null {
  const role = person.value?.role;
  if (role !== undefined && !mayWatch.value) return <ElsewherePage role={role} />;
  // It is of no network, and shown before there is one.
  if (place.value.page === "servers" && role !== undefined) return <ServersPage />;
  if (provider.value === null) return providers.value.length > 0 || role === "operator" ? <NoProviderPage /> : null;
  const View = PAGE_VIEWS[place.value.page];
  return (
    <>
      <View />
      <AreaDrawer />
    </>
  );
}
