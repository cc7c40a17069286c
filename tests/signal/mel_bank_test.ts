import { assertAlmostEquals, assertEquals } from "../assert.ts";
import { melBank } from "../../lib/signal/mel_bank.ts";

/** Sums, counts and largest weights of two bands, by librosa 0.11 (224 bands of 2048 samples). */
const librosa = [
  { rate: 16_000, sum: 28.66761398, count: 2031, row10: 0.06919439, row200: 0.01240974, first: 3 },
  { rate: 48_000, sum: 9.55110645, count: 2029, row10: 0.02051598, row200: 0.00337264, first: 1 },
  { rate: 8_000, sum: 57.33992386, count: 2034, row10: 0.08375913, row200: 0.02926723, first: 5 },
];

for (const { rate, sum, count, row10, row200, first } of librosa) {
  Deno.test(`melBank() equals librosa's filters at ${rate} samples a second`, () => {
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
