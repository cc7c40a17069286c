import { formatBytes, formatCount, formatDuration, formatLoss } from "../../lib/terminal/format.ts";
import { assertEquals } from "../assert.ts";

Deno.test("formatDuration chooses the two largest units", () => {
  const cases = [
    [0, "0s"],
    [59.4, "59s"],
    [60, "1m00s"],
    [125, "2m05s"],
    [3600, "1h00m"],
    [
      11_220,
      "3h07m",
    ],
    [352_800, "4d02h"],
    [-3, "0s"],
  ] as const;
  for (const [seconds, text] of cases) assertEquals(formatDuration(seconds), text);
});

Deno.test("formatCount groups thousands and keeps one decimal below ten", () => {
  assertEquals([0, 999, 1000, 1234567, 9.96, 10.4, 2.34].map(formatCount), [
    "0",
    "999",
    "1,000",
    "1,234,567",
    "10.0",
    "10",
    "2.3",
  ]);
  assertEquals(formatCount(Infinity), "?");
});

Deno.test("formatLoss shows an exponent where four decimals say nothing", () => {
  assertEquals([0, 0.5, 12.34567, 0.00001, 1e6, NaN].map(formatLoss), [
    "0.0000",
    "0.5000",
    "12.3457",
    "1.000e-5",
    "1.000e+6",
    "NaN",
  ]);
});

Deno.test("formatBytes uses powers of 1024", () => {
  assertEquals([0, 1023, 1024, 1536, 150 * 1024, 5 * 1024 ** 3].map(formatBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "150 KiB",
    "5.0 GiB",
  ]);
});
