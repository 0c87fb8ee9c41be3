// Draws what a model's card says: figures with their intervals, tables where entries are alike, words where they are words.
import type { JSX } from "preact";
import { plainNumber } from "../format";
import { figureOf, isEmpty, isTree, lineOf, tableOf, type Table, type Tree } from "../logic/cards";

export function CardTree({ value }: { value: unknown }): JSX.Element {
  const figure = figureOf(value);
  if (figure !== null) {
    return (
      <span>
        {plainNumber(figure.value)} <small class="hint">({plainNumber(figure.low)}–{plainNumber(figure.high)})</small>
      </span>
    );
  }
  if (isEmpty(value)) return <span>–</span>;
  if (Array.isArray(value)) {
    const line = lineOf(value);
    if (line !== null) return <span>{line}</span>;
    return (
      <ul class="notes">
        {value.map((one, index) => (
          <li key={index}>
            <CardTree value={one} />
          </li>
        ))}
      </ul>
    );
  }
  if (isTree(value)) return <Branches tree={value} />;
  return <span>{typeof value === "number" ? plainNumber(value) : String(value)}</span>;
}

function Branches({ tree }: { tree: Tree }): JSX.Element {
  const table = tableOf(tree);
  if (table !== null) return <Rows table={table} />;
  return (
    <dl class="tree">
      {Object.entries(tree)
        .filter(([, one]) => !isEmpty(one))
        .map(([name, one]) => (
          <div key={name} class={isTree(one) && figureOf(one) === null ? "branch" : ""}>
            <dt>{spoken(name)}</dt>
            <dd>
              <CardTree value={one} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

function Rows({ table }: { table: Table }): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={table.columns.map(spoken).join(", ")}>
      <table class="table">
        <thead>
          <tr>
            <td />
            {table.columns.map((name) => (
              <th key={name} scope="col">
                {spoken(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{spoken(row.name)}</th>
              {row.cells.map((cell, index) => (
                <td key={index}>
                  <CardTree value={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function spoken(name: string): string {
  return name.replaceAll("_", " ");
}
