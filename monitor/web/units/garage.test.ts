// Holds the pure parts of the drivers' pages to what they promise; run by `npm run check`.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { figureOf, tableOf } from "../source/logic/cards";
import { codesIn } from "../source/garage/logic/codes";
import { judgePicture, type Pixels } from "../source/garage/logic/pictures";
import { plainSha256 } from "../source/garage/logic/sha256";
import { Listener, meterShare } from "../source/garage/logic/sounds";
import { colorOf, markOf, paint } from "../source/garage/logic/spectrograms";

const SIDE = 120;

/** A picture of `shade(x, y)` in grey. */
function drawn(shade: (x: number, y: number) => number): Pixels {
  const data = new Uint8ClampedArray(SIDE * SIDE * 4);
  for (let at = 0; at < SIDE * SIDE; at += 1) data.fill(shade(at % SIDE, Math.floor(at / SIDE)), at * 4, at * 4 + 3);
  return { data, width: SIDE, height: SIDE };
}

const stripes = (x: number): number => (x % 12 < 6 ? 30 : 190);

test("a sharp picture passes and a soft one is called blurred", () => {
  assert.deepEqual(judgePicture(drawn(stripes), 1080), []);
  assert.deepEqual(judgePicture(drawn((x) => 60 + x), 1080), ["blurred"]);
});

test("dark, bright, mirrored and small pictures are each told apart", () => {
  assert.ok(judgePicture(drawn((x) => stripes(x) / 8), 1080).includes("dark"));
  assert.ok(judgePicture(drawn(() => 240), 1080).includes("bright"));
  assert.ok(judgePicture(drawn((x, y) => (y < 40 ? 255 : stripes(x))), 1080).includes("glare"));
  assert.deepEqual(judgePicture(drawn(stripes), 200), ["small"]);
});

test("codes are read in any dress, once each, and what is none is told", () => {
  assert.deepEqual(codesIn("p0301, P0420;p0301 U0100 Z9 P9999"), { good: ["P0301", "P0420", "U0100"], bad: ["Z9", "P9999"] });
});

test("the hash of bare script is the hash of every length around a block", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1_000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) % 256);
    assert.equal(Buffer.from(plainSha256(bytes)).toString("hex"), createHash("sha256").update(bytes).digest("hex"), String(length));
  }
});

test("a recording is warned of when its tops are cut, when it is silent, when it is short", () => {
  const wave = (amplitude: number): Float32Array => Float32Array.from({ length: 2048 }, (_, index) => Math.max(-1, Math.min(1, amplitude * Math.sin(index / 5))));
  const heard = (amplitude: number): Listener => {
    const listener = new Listener();
    listener.hear(wave(amplitude));
    return listener;
  };
  assert.deepEqual(heard(0.3).warnings(15), []);
  assert.deepEqual(heard(3).warnings(15), ["clipped"]);
  assert.deepEqual(heard(0.0001).warnings(15), ["silent"]);
  assert.deepEqual(heard(0.3).warnings(1), ["short"]);
});

test("the meter is empty at silence and full at full scale", () => {
  assert.deepEqual([meterShare(-120), meterShare(-30), meterShare(0)], [0, 0.5, 1]);
});

test("a span and a band are marked where they lie on the picture", () => {
  const picture = { seconds_per_column: 0.1, columns: 100, hz: [100, 300, 500, 700], rows: "" };
  const mark = markOf(picture, [2, 5], [300, 500]);
  assert.deepEqual([mark.left, mark.width], [0.2, 0.3]);
  assert.ok(Math.abs(mark.top - 0.375) < 1e-9 && Math.abs(mark.height - 0.25) < 1e-9, JSON.stringify(mark));
  assert.deepEqual(markOf(picture, null, null), { left: 0, width: 1, top: 0, height: 1 });
});

test("low pitches are painted at the foot", () => {
  const picture = { seconds_per_column: 1, columns: 1, hz: [100, 200], rows: btoa(String.fromCharCode(255, 0)) };
  const data = new Uint8ClampedArray(8);
  paint(picture, data);
  assert.deepEqual([...data.slice(4, 7)], [...colorOf(255)]);
  assert.deepEqual([...data.slice(0, 3)], [...colorOf(0)]);
});

test("a card's figures are read in both forms, and alike entries become one table", () => {
  assert.deepEqual(figureOf([0.7, 0.62, 0.75]), { value: 0.7, low: 0.62, high: 0.75 });
  assert.deepEqual(figureOf({ value: 0.7, low: 0.62, high: 0.75 }), { value: 0.7, low: 0.62, high: 0.75 });
  assert.equal(figureOf(["a", "b", "c"]), null);
  const row = (f1: number): object => ({ f1, low: 0, high: 1, lights: 8 });
  assert.deepEqual(tableOf({ brake: row(0.8), door_open: row(0) }), {
    columns: ["f1", "lights"],
    rows: [
      { name: "brake", cells: [[0.8, 0, 1], 8] },
      { name: "door_open", cells: [[0, 0, 1], 8] },
    ],
  });
  assert.equal(tableOf({ photos: 34, recall: { value: 1, low: 0, high: 1 } }), null);
});
