// What has been handed over and is still on its way: each file with its progress, and what to do where one is refused.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { megabytes, share } from "../../format";
import { refusalOf } from "../../logic/refusals";
import { link } from "../../stream/link";
import { FileCard } from "../capture/file_card";
import { Link } from "../parts/link";
import { cases, filesOf, isKept, isLoaded, outbox, removeCase, removeFile, type Case } from "../state/cases";
import { takeBack } from "../state/outbox";
import { visit } from "../state/route";
import { uploads } from "../state/uploads";
import { garageWords } from "../words";

export function SendingPage(): JSX.Element {
  const say = garageWords.value.sending;
  const waiting = outbox.value;
  const isDone = isLoaded.value && waiting.length === 0;
  useEffect(() => {
    // What was here has become a diagnosis meanwhile: another page's, or this one's before it was loaded anew.
    if (isDone && cases.peek().length === 0) visit("history", { replace: true });
  }, [isDone]);
  const isAway = link.state.value.kind !== "live";
  return (
    <>
      <header class="page-head">
        <h1>{say.title}</h1>
        <p aria-live="polite">{isAway ? say.offline : say.lead}</p>
      </header>
      {!isKept.value && <p class="notice-card">{say.notKept}</p>}
      {waiting.map((one) => (
        <Waiting key={one.id} one={one} />
      ))}
      {isDone && (
        <p class="empty">
          {say.empty} <Link page="history">{say.toHistory}</Link>
        </p>
      )}
    </>
  );
}

function Waiting({ one }: { one: Case }): JSX.Element {
  const say = garageWords.value;
  const own = filesOf(one.id);
  const refused = own.filter((file) => file.refusal !== null);
  const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
  const arrived = own.reduce((sum, file) => sum + (file.isStored ? file.bytes : (uploads.arrived.value.get(file.id) ?? 0)), 0);
  const photos = own.filter((file) => file.kind === "dashboard");
  const numberOf = (id: string): number => own.filter((file) => file.kind === own.find((each) => each.id === id)?.kind).findIndex((file) => file.id === id) + 1;
  return (
    <section class="card">
      <h2>
        {say.diagnose.summary(photos.length, own.length - photos.length, one.symptoms.length + (one.description === "" ? 0 : 1)) || say.sending.words}
      </h2>
      {own.length > 0 && refused.length === 0 && arrived < bytes && (
        <div class="sending-total" role="group" aria-label={say.files.sending(share(arrived / bytes))}>
          <progress value={arrived} max={bytes} />
          <span>{say.sending.of(megabytes(arrived), megabytes(bytes))}</span>
        </div>
      )}
      <ul class="file-cards">
        {own.map((file) => (
          <FileCard key={file.id} file={file} number={numberOf(file.id)} />
        ))}
      </ul>
      {one.description !== "" && <blockquote class="own-words">{one.description}</blockquote>}
      {one.refusal !== null ? (
        <p class="field-error" role="alert">
          {say.sending.refused} {say.sending.refusals[one.refusal] ?? refusalOf(one.refusal) ?? one.refusal}
        </p>
      ) : (
        arrived >= bytes && refused.length === 0 && <p class="file-state">{say.sending.posting}</p>
      )}
      <div class="card-actions">
        {refused.length > 0 && (
          <button type="button" class="primary" onClick={() => refused.forEach((file) => removeFile(file.id))}>
            {say.sending.without}
          </button>
        )}
        <button type="button" onClick={() => takeBack(one.id)}>
          {say.sending.change}
        </button>
        <button type="button" class="quiet" onClick={() => removeCase(one.id)}>
          {say.sending.discard}
        </button>
      </div>
    </section>
  );
}
