// Plain words for accounts that have nothing to see in this console.
import type { JSX } from "preact";
import { words } from "../words";
import type { Role } from "../wire";

export function ElsewherePage({ role }: { role: Role }): JSX.Element {
  const say = words.value;
  return (
    <section class="panel empty">
      <h1 class="empty-main">{say.elsewhere.title}</h1>
      <p>{say.elsewhere.text(say.roles[role])}</p>
      <p>
        <a href="/docs">{say.elsewhere.documents}</a>
      </p>
    </section>
  );
}

export function NoProviderPage(): JSX.Element {
  const say = words.value.noProvider;
  return (
    <section class="panel empty">
      <h1 class="empty-main">{say.title}</h1>
      <p>{say.text}</p>
    </section>
  );
}
