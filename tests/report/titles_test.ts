import { assert, assertEquals } from "../assert.ts";
import {
  datasetTitle,
  formatDifference,
  formatNumber,
  methodOrder,
  methodTitle,
  metricTitle,
  metricUnit,
} from "../../lib/report/titles.ts";

Deno.test("datasetTitle() and methodTitle() show unknown names as they are", () => {
  assertEquals(datasetTitle("wafer-map"), "WaferMap");
  assertEquals(datasetTitle("my|data"), "my|data");
  assertEquals(methodTitle("emix"), "e-Mix");
  assertEquals(methodTitle("toString"), "toString");
  assertEquals(metricTitle("constructor"), "constructor");
});

Deno.test("methodOrder() puts the published order first and unknown methods last", () => {
  const sorted = ["new", "metamae", "mae", "scratch"].sort((a, b) =>
    methodOrder(a) - methodOrder(b)
  );
  assertEquals(sorted, ["scratch", "mae", "metamae", "new"]);
});

Deno.test("metricUnit() shows fractions in percent, correlations as they are", () => {
  assertEquals(metricUnit("weighted-f1"), "percent");
  assertEquals(metricUnit("pearson"), "coefficient");
});

Deno.test("formatNumber() has a real minus sign and no negative zero", () => {
  assertEquals(formatNumber(89.25, "percent"), "89.3");
  assertEquals(formatNumber(-0.126, "coefficient"), "−0.13");
  assertEquals(formatNumber(-0.04, "percent"), "0.0");
});

Deno.test("formatDifference() always has a sign, except for zero", () => {
  assertEquals(formatDifference(1.25, "percent"), "+1.3");
  assertEquals(formatDifference(-1.2, "percent"), "−1.2");
  assertEquals(formatDifference(0.01, "percent"), "0.0");
  assert(!formatDifference(0, "coefficient").includes("+"));
});
