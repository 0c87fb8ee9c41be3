// One diagnosis from received to concluded: read once, then kept fresh by what is pushed, so that a reload changes nothing.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Refused } from "../../http";
import { reasonOf } from "../../logic/refusals";
import { Bone } from "../../parts/bone";
import { channels } from "../../stream/channels";
import { Link } from "../parts/link";
import { ProgressView } from "../result/progress_view";
import { ResultView } from "../result/result_view";
import { diagnoses, fetchDiagnosis, noteSeen } from "../state/diagnoses";
import { route } from "../state/route";
import type { Diagnosis } from "../wire";
import { garageWords } from "../words";

/** While it runs it is asked for now and then as well, in case a push never came. */
const LOOK_EVERY_MS = 10_000;

export function DiagnosisPage(): JSX.Element {
  const id = route.value.id ?? 0;
  const known = diagnoses.value.get(id) ?? null;
  const [failure, setFailure] = useState<unknown>(null);
  const reloads = channels.reloads.value;
  const isOpen = known === null || known.state === "queued" || known.state === "working";
  useEffect(() => {
    if (!isOpen) noteSeen(id);
    const look = (): void => {
      fetchDiagnosis(id).then(() => setFailure(null), setFailure);
    };
    look();
    const timer = isOpen ? setInterval(look, LOOK_EVERY_MS) : 0;
    return () => clearInterval(timer);
  }, [id, reloads, isOpen]);
  if (failure instanceof Refused && failure.code === "not_found") return <Missing text={garageWords.value.result.gone} />;
  if (known === null) return failure === null ? <Bone height={320} /> : <Missing text={reasonOf(failure)} />;
  return <Shown diagnosis={known} />;
}

function Shown({ diagnosis }: { diagnosis: Diagnosis }): JSX.Element {
  const { result } = diagnosis;
  return result === null ? <ProgressView diagnosis={diagnosis} /> : <ResultView diagnosis={diagnosis} result={result} />;
}

function Missing({ text }: { text: string }): JSX.Element {
  return (
    <section class="card empty">
      <h1 class="empty-main">{text}</h1>
      <Link page="history">{garageWords.value.result.back}</Link>
    </section>
  );
}
