import { plotCurves, plotHealth } from "../../lib/report/curve_figures.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { assert, assertEquals } from "../assert.ts";
import { curve, experiment } from "./builders.ts";
import { parseSvg } from "./parse.ts";

const texts = (svg: string) =>
  [...parseSvg(svg).querySelectorAll("text")].map(({ textContent }) => textContent);

Deno.test("plotCurves() draws one figure a data set, thinned, in order of methods and seeds", () => {
  const long = curve(experiment("mnist", "metamae"), 2, 1);
  const points = Array.from({ length: 5000 }, (_, i) => ({ step: i + 1, loss: i % 5 }));
  const figures = plotCurves([
    { ...long, points },
    curve(experiment("mnist", "mae"), 2, 1),
    curve(experiment("higgs", "mae"), 2, 1),
    { ...long, experiment: experiment("mnist", "scratch"), points: [] },
  ]);
  assertEquals(figures.map(({ title }) => title), ["Pretraining on HIGGS", "Pretraining on MNIST"]);
  const mnist = figures[1]!;
  assert(mnist.description.startsWith("Line chart of the training loss by step: MAE from"));
  assert(mnist.description.endsWith("MetaMAE from 2.00 to 2.00"), mnist.description);
  assert(mnist.draw(paperTheme).length < 20_000, "5,000 points are too many for a chart");
  assertEquals(plotCurves([]), []);
});

Deno.test("plotCurves() tells fine-tuning from pretraining on the same data", () => {
  const tuned = experiment("mnist", "mae", { labels: "single-label" });
  const figures = plotCurves([curve(experiment("mnist", "mae"), 2, 1), curve(tuned, 2, 1)]);
  assertEquals(figures.map(({ title, id }) => `${title} (${id})`), [
    "Pretraining on MNIST (training-mnist-default)",
    "Fine-tuning on MNIST (fine-tuning-mnist-default)",
  ]);
});

Deno.test("plotHealth() draws what was logged, hidden and visible reconstruction in one chart", () => {
  const points = (end: number) => [{ step: 100, value: 1 }, { step: 200, value: end }];
  const mae = {
    ...curve(experiment("mnist", "mae"), 2, 1),
    health: {
      effectiveRank: points(7),
      maskedReconstruction: points(0.5),
      visibleReconstruction: points(0.25),
    },
  };
  const emix = {
    ...curve(experiment("mnist", "emix"), 2, 1),
    health: { effectiveRank: points(3), gradientNorm: points(2).slice(1) },
  };
  const figures = plotHealth([mae, emix, curve(experiment("higgs", "mae"), 2, 1)]);
  assertEquals(figures.map(({ title }) => title), [
    "Pretraining on MNIST: reconstruction loss",
    "Pretraining on MNIST: effective rank of the features",
  ]);
  assertEquals(new Set(figures.map(({ id }) => id)).size, 2);
  assertEquals(
    figures[0]!.description,
    "Line chart of the reconstruction loss by step: MAE, hidden from 1.00 to 0.500, " +
      "MAE, visible from 1.00 to 0.250",
  );
  const [loss, rank] = figures.map((figure) => figure.draw(paperTheme));
  assert(loss!.includes("stroke-dasharray"), "the visible part is dashed");
  assert(!rank!.includes("stroke-dasharray"));
  for (const text of ["e-Mix", "MAE", "Effective rank of the features"]) {
    assert(texts(rank!).includes(text), text);
  }
});
