// Chooses the span of time: a moving one by its length, or a fixed one by its two ends.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { between } from "../format";
import { go, place, RANGES, shift, span, type RangeName } from "../state/place";
import { present } from "../state/clock";
import { words } from "../words";
import { Choice } from "./choice";
import { Icon } from "./icons";
import { Menu } from "./menu";

export function RangeChoice(): JSX.Element {
  const say = words.value.header;
  const isFixed = place.value.from !== null;
  const names = Object.keys(RANGES) as RangeName[];
  const { from, to } = span.value;
  return (
    <div class="range">
      <Choice
        label={say.range}
        options={names.map((name) => ({ value: name, label: say.ranges[name] }))}
        chosen={isFixed ? null : place.value.range}
        onChoose={(range) => go({ range })}
      />
      {isFixed && (
        <button type="button" class="quiet square" aria-label={say.earlier} title={say.earlier} onClick={() => shift(-1)}>
          <Icon name="left" size={16} />
        </button>
      )}
      <Menu
        label={say.custom}
        align="start"
        buttonClass={isFixed ? "range-fixed" : "quiet range-custom"}
        face={isFixed ? between(from, to, present.value) : say.custom}
      >
        {(close) => <SpanForm onDone={close} />}
      </Menu>
      {isFixed && (
        <>
          <button type="button" class="quiet square" aria-label={say.later} title={say.later} onClick={() => shift(1)}>
            <Icon name="right" size={16} />
          </button>
          <button type="button" class="quiet" onClick={() => go({ from: null, to: null })}>
            {say.backToNow}
          </button>
        </>
      )}
    </div>
  );
}

function SpanForm({ onDone }: { onDone(): void }): JSX.Element {
  const say = words.value.header;
  const now = span.peek();
  const [from, setFrom] = useState(localText(now.from));
  const [to, setTo] = useState(localText(now.to));
  const [isWrong, setWrong] = useState(false);
  const submit = (event: Event): void => {
    event.preventDefault();
    const [start, end] = [Date.parse(from), Date.parse(to)];
    if (!(start < end)) {
      setWrong(true);
      return;
    }
    go({ from: start, to: end });
    onDone();
  };
  return (
    <form class="span-form" onSubmit={submit}>
      <label>
        {say.from}
        <input type="datetime-local" required value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        {say.to}
        <input type="datetime-local" required value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      {isWrong && (
        <p class="field-error" role="alert">
          {say.badSpan}
        </p>
      )}
      <button type="submit" class="primary">
        {say.show}
      </button>
    </form>
  );
}

/** What a datetime-local field wants: the local time, without a zone, to the minute. */
function localText(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
