import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import { createLogMel, cropSamples, melBank, melSamples } from "../../lib/signal/log_mel.ts";
import { readFixture } from "../read_fixture.ts";

/** 0.5 sin(2 pi 440 t) + 0.25 sin(2 pi 1000 t). */
function tones(rate: number, seconds: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: rate * seconds }, (_, n) => {
    const t = 2 * Math.PI * n / rate;
    return 0.5 * Math.sin(440 * t) + 0.25 * Math.sin(1000 * t);
  });
}

/** Normalised values by librosa 0.11, at band and frame. */
const librosa = [
  {
    name: "two seconds at 16 kHz",
    signal: tones(16_000, 2),
    rate: 16_000,
    mean: -22.924,
    deviation: 12.587,
    cells: { "0,0": 2.119923, "20,5": 1.316196, "33,10": 6.240823, "223,223": 1.316196 },
    average: -5.917956,
  },
  {
    name: "0.6 seconds at 48 kHz",
    signal: tones(48_000, 0.6),
    rate: 48_000,
    mean: -90.293,
    deviation: 11.799,
    cells: { "0,0": 8.745616, "20,5": 7.387673, "33,10": 6.446376 },
    average: -13.573506,
  },
  {
    name: "one second at 16 kHz",
    signal: tones(16_000, 1),
    rate: 16_000,
    mean: -46.847,
    deviation: 19.151,
    cells: { "0,0": 2.642497, "20,5": 2.114248, "33,10": 5.35096 },
    average: -6.111199,
  },
];

for (const { name, signal, rate, mean, deviation, cells, average } of librosa) {
  Deno.test(`createLogMel() equals librosa: ${name}`, () => {
    const decibels = createLogMel(rate).decibels(signal);
    for (const [cell, expected] of Object.entries(cells)) {
      const [band, frame] = cell.split(",").map(Number);
      const value = (decibels[band! * 224 + frame!]! - mean) / deviation;
      assertAlmostEquals(value, expected, 1e-4, `band and frame ${cell}`);
    }
    const sum = decibels.reduce((total, value) => total + value, 0);
    assertAlmostEquals(sum / decibels.length, average, 1e-4);
  });
}

Deno.test("createLogMel() equals the recorded picture of a whole recording", () => {
  const fixture = readFixture("logmel_librispeech_short");
  const pcm = readPcm("logmel_librispeech_short");
  const decibels = createLogMel(16_000).decibels(Float32Array.from(pcm, (value) => value / 32768));
  const { values } = fixture.tensor("output");
  const worst = values.reduce(
    (most, value, i) => Math.max(most, Math.abs((decibels[i]! + 22.924) / 12.587 - value)),
    0,
  );
  assert(worst < 1e-5, `a cell is off by ${worst}`);
});

Deno.test("createLogMel() gives silence the absolute floor, also where there is nothing", () => {
  for (const length of [0, 1, 5000, melSamples]) {
    const decibels = createLogMel(16_000).decibels(new Float32Array(length));
    assertEquals(decibels.length, 224 * 224);
    assert(decibels.every((value) => value === -100));
  }
});

Deno.test("createLogMel() keeps a range of 80 dB below the loudest cell", () => {
  const decibels = createLogMel(22_050).decibels(tones(22_050, 1));
  const [least, most] = [Math.min(...decibels), Math.max(...decibels)];
  assertAlmostEquals(most - least, 80, 1e-5);
});

Deno.test("createLogMel() starts afresh with every recording", () => {
  const frontEnd = createLogMel(16_000);
  const short = tones(16_000, 0.25);
  const alone = frontEnd.decibels(short);
  frontEnd.decibels(tones(16_000, 9));
  assertEquals(frontEnd.decibels(short), alone);
  assertThrows(() => frontEnd.decibels(new Float32Array(melSamples + 1)), RangeError, "150527");
});

Deno.test("cropSamples() keeps the first or the last samples of long recordings", () => {
  const long = Float32Array.from({ length: melSamples + 2 }, (_, i) => i);
  const ends = (crop: "first" | "last") => {
    const part = cropSamples(long, crop);
    return [part.length, part[0], part.at(-1)];
  };
  assertEquals(ends("first"), [melSamples, 0, melSamples - 1]);
  assertEquals(ends("last"), [melSamples, 2, melSamples + 1]);
  const short = new Float32Array(melSamples);
  assert(cropSamples(short, "last") === short);
});

/** 16-bit samples of a fixture, which its common reader does not know. */
function readPcm(name: string): Int16Array {
  const bytes = Deno.readFileSync(new URL(`../fixtures/${name}.safetensors`, import.meta.url));
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  const [start, end] = header["input/pcm"].data_offsets;
  return new Int16Array(bytes.slice(8 + headerLength + start, 8 + headerLength + end).buffer);
}

/** Sums, counts and largest weights of two bands, by librosa 0.11 (224 bands of 2048 samples). */
const librosaBanks = [
  { rate: 16_000, sum: 28.66761398, count: 2031, row10: 0.06919439, row200: 0.01240974, first: 3 },
  { rate: 48_000, sum: 9.55110645, count: 2029, row10: 0.02051598, row200: 0.00337264, first: 1 },
  { rate: 8_000, sum: 57.33992386, count: 2034, row10: 0.08375913, row200: 0.02926723, first: 5 },
];

for (const { rate, sum, count, row10, row200, first } of librosaBanks) {
  Deno.test(`melBank() equals librosaBanks's filters at ${rate} samples a second`, () => {
    const bank = melBank({ sampleRate: rate, frame: 2048, bands: 224 });
    const starts = Array.from(bank.count).map((_, b) =>
      bank.count.slice(0, b).reduce((total, n) => total + n, 0)
    );
    const largest = (band: number) =>
      Math.max(...bank.weights.subarray(starts[band]!, starts[band]! + bank.count[band]!));
    assertEquals(bank.weights.length, count);
    assertEquals([bank.start[0], bank.count[0]], [1, first]);
    assertAlmostEquals(bank.weights.reduce((total, weight) => total + weight, 0), sum, 1e-6);
    assertAlmostEquals(largest(10), row10, 1e-8);
    assertAlmostEquals(largest(200), row200, 1e-8);
    assertEquals(bank.count.includes(0), false);
  });
}
