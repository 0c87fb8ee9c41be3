// Holds the console's pure parts to what they promise; run by `npm run check`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { alertsAsCsv, areasAsCsv, pointsAsCsv } from "../source/logic/csv";
import { curlOf } from "../source/logic/curl";
import { windsOf } from "../source/logic/distinguish";
import { faultOf } from "../source/logic/faults";
import { gather } from "../source/logic/incidents";
import { classOf, meanOf } from "../source/logic/measures";
import { totalOf } from "../source/logic/outcomes";
import { findGaps, mergeLive, weighted, type Point } from "../source/logic/points";
import { byAttention } from "../source/logic/severities";
import { describe } from "../source/logic/trends";
import { judge, STALE_AFTER_MS, type Known } from "../source/logic/verdict";
import { backOff, comesBack, whyClosed } from "../source/stream/closing";
import type { Alert, Area, ModelWeek } from "../source/wire";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1, 12);

const point = (at: number, mean: number, samples = 10): Point => ({ at, samples, mean, min: null, max: null, p50: null, p95: null });

const alert = (part: Partial<Alert>): Alert => ({
  id: 1, version: 1, state: "firing", severity: "major", provider: "mtn", rule: 1, rule_name: null, cause: "latency",
  kpi: "latency_ms", statistic: "mean", value: 400, threshold: 100, samples: 30, devices: 3, cell: "86a", area: "Buea",
  cells: [], generation: null, certainty: null, flapping: false, reason: "breach",
  opened_at: new Date(NOW - MINUTE).toISOString(), changed_at: new Date(NOW).toISOString(), cleared_at: null,
  acknowledged_by: null, snoozed_until: null, ...part,
});

const known = (part: Partial<Known>): Known => ({
  now: NOW, alerts: [], rules: 2, areas: 5, lastAlertAt: null, lastDataAt: NOW, isDataKnown: true, cutSince: null, ...part,
});

const area = (part: Partial<Area>): Area => ({ cell: "a", name: "Buea", outline: [], center: [9, 4], samples: 9, devices: 1, kpis: {}, ...part });

test("missing steps are joined into gaps and the running step is not missing", () => {
  const points = [point(NOW - 5 * MINUTE, 1), point(NOW - 2 * MINUTE, 1)];
  const gaps = findGaps(points, NOW - 5 * MINUTE, NOW + MINUTE, MINUTE, NOW + 10_000);
  assert.deepEqual(gaps, [
    { from: NOW - 4 * MINUTE, to: NOW - 2 * MINUTE },
    { from: NOW - MINUTE, to: NOW },
  ]);
});

test("what people named stays one cell of a file, and is never a formula", () => {
  const [head, row] = alertsAsCsv([alert({ rule_name: '=HYPERLINK("x"), now', area: "Buea, Molyko", cell: null })]).split("\r\n");
  assert.equal(head?.split(",").length, 18);
  assert.ok(row?.includes(`,"'=HYPERLINK(""x""), now",`));
  assert.ok(row?.includes(',"Buea, Molyko",,'));
});

test("a negative number is a number in a file, and what an area lacks is empty", () => {
  const [, row] = areasAsCsv([area({ kpis: { signal_dbm: { mean: -97.5, samples: 9 } } })]).split("\r\n");
  assert.equal(row, "a,Buea,4,9,1,9,,,,,,-97.5,");
});

test("a command for the shell carries no token and no quote that would end it", () => {
  assert.equal(curlOf("https://a/v1/kpis?x=it's"), `curl -H "Authorization: Bearer $ROADPULSE_TOKEN" 'https://a/v1/kpis?x=it%27s'`);
});

test("one number for many steps weighs each by its samples", () => {
  assert.deepEqual(weighted([point(0, 10, 1), point(1, 20, 3)], "mean"), { value: 17.5, samples: 4 });
  assert.deepEqual(weighted([], "mean"), { value: null, samples: 0 });
});

test("a live update keeps what it does not say", () => {
  const live = { id: "latency_ms/*/*", version: 2, from: new Date(NOW).toISOString(), to: "", samples: 12, mean: 5, p50: 4, p95: 9 };
  assert.equal(mergeLive({ ...point(NOW, 3), min: 1, max: 8 }, live).max, 8);
});

test("values fall into colour classes by the side on which trouble lies", () => {
  assert.equal(classOf("latency_ms", 40), 0);
  assert.equal(classOf("latency_ms", 401), 4);
  assert.equal(classOf("download_mbps", 30), 0);
  assert.equal(classOf("download_mbps", 1), 4);
});

test("an area with too few samples has no value", () => {
  assert.equal(meanOf(area({ kpis: { latency_ms: { mean: 50, samples: 2 } } }), "latency_ms"), null);
  assert.equal(meanOf(area({ kpis: { latency_ms: { mean: 50, samples: 20 } } }), "latency_ms"), 50);
});

test("areas of one name are told apart by direction and others are left alone", () => {
  const winds = windsOf([area({ cell: "n", center: [9, 5] }), area({ cell: "s", center: [9, 3] }), area({ cell: "x", name: "Kribi" })]);
  assert.deepEqual([...winds], [["n", 0], ["s", 4]]);
});

test("without data the verdict is never that all is well", () => {
  assert.equal(judge(known({ lastDataAt: null })).kind, "waiting");
  assert.equal(judge(known({ lastDataAt: NOW - STALE_AFTER_MS - 1 })).kind, "stale");
  assert.equal(judge(known({ isDataKnown: false })).kind, "loading");
  assert.equal(judge(known({ cutSince: NOW - MINUTE })).kind, "cut");
  assert.equal(judge(known({})).kind, "normal");
});

test("a degraded verdict counts areas once and names the worst", () => {
  const alerts = [alert({ id: 1 }), alert({ id: 2, kpi: "jitter_ms" }), alert({ id: 3, severity: "critical", cell: null, cells: ["86a", "86b"] })];
  const verdict = judge(known({ alerts }));
  assert.equal(verdict.kind, "degraded");
  assert.deepEqual(verdict.kind === "degraded" && [verdict.areas, verdict.worst.id, verdict.wide], [2, 3, false]);
});

test("what is snoozed does not degrade the verdict", () => {
  const until = new Date(NOW + MINUTE).toISOString();
  assert.equal(judge(known({ alerts: [alert({ snoozed_until: until })] })).kind, "normal");
});

test("one cause across the network takes in its alerts of single areas and no others", () => {
  const alerts = [alert({ id: 1 }), alert({ id: 2, cell: null }), alert({ id: 3, cell: "86b" }), alert({ id: 4, cause: "loss" })];
  assert.deepEqual(gather(alerts).map(({ lead, others }) => [lead.id, ...others.map((one) => one.id)]), [[2, 1, 3], [4]]);
});

test("without a network-wide alert each place stays by itself", () => {
  assert.equal(gather([alert({ id: 1 }), alert({ id: 2, cell: "86b" })]).length, 2);
});

test("what nobody has taken comes first", () => {
  const alerts = [alert({ id: 1, severity: "critical", acknowledged_by: "ama" }), alert({ id: 2 }), alert({ id: 3, severity: "critical" })];
  assert.deepEqual(alerts.sort(byAttention(NOW)).map((one) => one.id), [3, 2, 1]);
});

test("a line is called moved only when it moved", () => {
  const rising = Array.from({ length: 12 }, (_, at) => point(at * MINUTE, 50 + at * 10));
  const level = Array.from({ length: 12 }, (_, at) => point(at * MINUTE, 50 + (at % 2)));
  assert.equal(describe(rising).kind, "moved");
  assert.equal(describe(level).kind, "level");
  assert.equal(describe([]).kind, "empty");
});

test("a spreadsheet gets one line a step and nothing where nothing is known", () => {
  assert.equal(pointsAsCsv([point(NOW, 5)]).split("\r\n")[1], "2026-01-01T12:00:00.000Z,10,5,,,,");
});

test("codes from 4000 come back and codes from 4500 do not", () => {
  assert.equal(comesBack(4001), true);
  assert.equal(comesBack(1006), true);
  assert.equal(comesBack(4508), false);
  assert.equal(comesBack(1009), false);
  assert.equal(whyClosed(4008), "too_slow");
  assert.equal(whyClosed(4999), "unknown");
});

test("waiting grows with each try, within bounds, and is spread", () => {
  assert.equal(backOff(0, () => 0), 200);
  assert.equal(backOff(3, () => 1), 4_200);
  assert.equal(backOff(50, () => 1), 30_200);
});

test("a sentence of the server's is known again with its number, and a strange one is not", () => {
  assert.deepEqual(faultOf("must be at least -150"), { name: "least", value: -150 });
  assert.deepEqual(faultOf("more than 600 s ahead of the server's clock"), { name: "ahead", value: 600 });
  assert.deepEqual(faultOf("Expected `float | null`, got `str`"), { name: "number", value: 0 });
  assert.equal(faultOf("must be at least a little"), null);
});

test("weeks of a model add up by how many told, and say nothing where too few did", () => {
  const week = (outcomes: number | null, agreed: number | null): ModelWeek => ({
    name: "engine", version: 1, week: "2026-01-05T00:00:00Z", readings: 100, took_ms_p50: 20, took_ms_p95: 90, abstained: 0.1, outcomes, agreed,
  });
  assert.deepEqual(totalOf([week(30, 0.9), week(10, 0.5), week(null, null)]), { readings: 300, outcomes: 40, agreed: 0.8 });
  assert.deepEqual(totalOf([week(null, null)]), { readings: 100, outcomes: 0, agreed: null });
});
