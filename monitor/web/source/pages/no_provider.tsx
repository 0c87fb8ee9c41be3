// Plain words for an account that watches a network, and has none.
import type { JSX } from "preact";
import { words } from "../words";

export function NoProviderPage(): JSX.Element {
  const say = words.value.noProvider;
  return (
    <section class="panel empty">
      <h1 class="empty-main">{say.title}</h1>
      <p>{say.text}</p>
    </section>
  );
}
