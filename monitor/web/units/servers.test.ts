// Holds the verdict over the servers to what it promises; run by `npm run check`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionOf, fleetOf, judgeServers, SILENT_AFTER_MS, type Heard } from "../source/logic/servers";
import type { ServerState } from "../source/wire";

const NOW = Date.UTC(2026, 0, 1, 12);
const LONG_AGO = NOW - 3_600_000;

const state = (part: Partial<ServerState>): ServerState => ({
  id: "host/1", version: NOW, release: "1", started_at: "", is_leaving: false, sockets: 5, devices: 3, ingest_is_full: false,
  rows_waiting: 0, live: true, merger_age_s: 0.2, queue_age_s: 0, jobs: [],
  traffic: {
    over_s: 300, stored_last_minute: 10, stored: 50, quarantined: 0, duplicates: 0, succeeded: 9, refused: 1, failed: 0, messages_refused: 0,
  },
  ...part,
});

const heard = (part: Partial<ServerState>, agoMs = 0): Heard => ({
  state: state(part), at: NOW - agoMs, lastingAgeS: part.merger_age_s ?? 0.2,
});
const verdict = (...known: Heard[]): ReturnType<typeof judgeServers> => judgeServers(known, NOW, LONG_AGO, LONG_AGO);

test("servers that report in time are well", () => {
  assert.deepEqual(verdict(heard({}), heard({ id: "host/2" }, SILENT_AFTER_MS)), { kind: "well", count: 2 });
});

test("one that says nothing any more is silent, since it was last heard", () => {
  const gone = heard({ id: "host/2" }, SILENT_AFTER_MS + 1);
  assert.equal(conditionOf(gone, NOW, LONG_AGO), "silent");
  assert.deepEqual(verdict(heard({}), gone), { kind: "troubled", troubles: [{ kind: "silent", count: 1, since: gone.at }] });
});

test("one that said goodbye is no trouble", () => {
  assert.deepEqual(verdict(heard({}), heard({ id: "host/2", is_leaving: true, merger_age_s: null }, 60_000)), { kind: "well", count: 1 });
});

test("when all are silent it is not the servers that are blamed", () => {
  assert.deepEqual(verdict(heard({}, 60_000)), { kind: "mute", since: NOW - 60_000 });
  assert.deepEqual(verdict(), { kind: "mute", since: LONG_AGO });
  assert.equal(judgeServers([], NOW, NOW, null).kind, "waiting");
});

test("while our own link is away, or only just back, nobody is called silent", () => {
  assert.deepEqual(judgeServers([heard({}, 60_000)], NOW, null, LONG_AGO), { kind: "cut", since: LONG_AGO });
  assert.equal(conditionOf(heard({}, 60_000), NOW, null), "unknown");
  assert.notEqual(conditionOf(heard({}, 60_000), NOW, NOW - 1_000), "silent");
});

test("each limit that is passed is told", () => {
  const traffic = { ...state({}).traffic, failed: 2 };
  const jobs = [{ kind: "examine", waiting: 1, running: 0, parked: 0, age_s: 31 } as const];
  const bad = verdict(heard({ merger_age_s: 1.1, queue_age_s: 2.1, ingest_is_full: true, jobs: [...jobs], traffic }), { ...heard({ version: 1, merger_age_s: null }), lastingAgeS: Infinity });
  assert.deepEqual(bad.kind === "troubled" && bad.troubles.map((one) => one.kind), ["database", "full", "merger", "queue", "jobs", "failed"]);
});

test("counts are added up and backlogs are not, since each tells the same", () => {
  const both = fleetOf([state({ merger_age_s: 0.9 }), state({ version: NOW + 1, merger_age_s: 0.3 })]);
  assert.deepEqual([both.devices, both.people, both.traffic.stored, both.mergerAgeS], [6, 4, 100, 0.3]);
});
