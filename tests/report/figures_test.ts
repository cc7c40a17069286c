import { assert, assertEquals } from "../assert.ts";
import {
  plotAdaptation,
  plotCurves,
  plotDecoderDepth,
  plotGalleries,
  plotHealth,
  plotScores,
  slug,
} from "../../lib/report/figures.ts";
import { groupRecords } from "../../lib/report/groups.ts";
import { standaloneSvg } from "../../lib/report/charts.ts";
import { pageTheme, paperTheme } from "../../lib/report/theme.ts";
import { adaptation, curve, experiment, imageGallery, scoreRecord } from "./builders.ts";
import { checkWellFormed, parseSvg } from "./parse.ts";

const texts = (svg: string) =>
  [...parseSvg(svg).querySelectorAll("text")].map(({ textContent }) => textContent);

Deno.test("plotScores() says in words what it shows", () => {
  const groups = groupRecords([
    scoreRecord(experiment("pamap2", "metamae"), 0.9, { half: 0.01 }),
    scoreRecord(experiment("pamap2", "scratch"), null),
  ]);
  const figure = plotScores(groups)!;
  assertEquals(figure.id, "scores-pamap2-default");
  assertEquals(figure.description, "Bar chart, linear probe on PAMAP2: MetaMAE 90.0");
  assert(texts(figure.draw(paperTheme)).includes("Accuracy (%), published as diamonds"));
  assertEquals(plotScores(groups.filter(({ label }) => label === "Scratch")), undefined);
});

Deno.test("plotAdaptation() shows the methods that adapt", () => {
  const [mae, emix] = [experiment("mnist", "mae"), experiment("mnist", "emix")];
  const groups = groupRecords([scoreRecord(mae, 0.9), scoreRecord(emix, 0.9)]);
  const none = { experiment: emix, seed: 0, source: "f", losses: null, reason: "no decoder" };
  const figure = plotAdaptation(groups, [adaptation(mae, 0.5, 0.4), none])!;
  assertEquals(
    figure.description,
    "Arrows from the loss before to the loss after adaptation: MAE −20 %",
  );
  assert(!texts(figure.draw(paperTheme)).includes("e-Mix"));
  assertEquals(plotAdaptation(groups, [none]), undefined);
});

Deno.test("plotDecoderDepth() compares ours with the published depths", () => {
  const groups = groupRecords([
    scoreRecord(experiment("pfam", "dabs-mae"), 0.45),
    scoreRecord(experiment("pfam", "mae", { decoderLayers: 4 }), 0.62),
    scoreRecord(experiment("pfam", "metamae", { decoderLayers: 4 }), 0.7),
    scoreRecord(experiment("mnist", "mae", { decoderLayers: 4 }), 0.9),
  ]);
  const figures = plotDecoderDepth(groups);
  assertEquals(figures.map(({ id }) => id), ["decoder-depth-pfam"]);
  assertEquals(
    figures[0]!.description,
    "Line chart of MAE on Pfam by decoder depth, ours: 0 layers 45.0, 4 layers 62.0",
  );
  const shown = texts(figures[0]!.draw(paperTheme));
  for (const text of ["Ours", "Published", "6", "Decoder layers"]) {
    assert(shown.includes(text), text);
  }
});

Deno.test("plotGalleries() shows the first seed of every experiment", () => {
  const of = experiment("mnist", "metamae");
  const first = imageGallery(of, 1);
  const figures = plotGalleries([
    { ...first, seed: 1 },
    first,
    imageGallery(experiment("a", "mae"), 3),
  ]);
  assertEquals(figures.map(({ title }) => title), ["MetaMAE on MNIST", "MAE on a"]);
  assertEquals(figures[0]!.id, "gallery-mnist-default-metamae");
});

Deno.test("plotGalleries() draws recordings of an own data set as those of the speech data sets", () => {
  const { modalities, ...own } = imageGallery(experiment("folder", "metamae"), 1);
  const looked = modalities.map((modality) => ({ ...modality, look: "spectrogram" as const }));
  const of = experiment("librispeech", "metamae");
  const pictures = [
    { ...own, modalities: looked },
    { ...own, experiment: of, modalities },
    { ...own, modalities },
  ].map((record) => {
    const [figure] = plotGalleries([record]);
    return [...figure!.draw(paperTheme).matchAll(/href="([^"]+)"/g)].map((match) => match[1]);
  });
  assertEquals(pictures[0], pictures[1]);
  assert(pictures[0]![0] !== pictures[2]![0], "without a look it is a grey picture");
});

Deno.test("standaloneSvg() is a well-formed file with literal colours on a light background", () => {
  const figure = {
    ...plotScores(groupRecords([scoreRecord(experiment("<a&b>", "x"), 0.5)]))!,
    title: "<script>",
  };
  const svg = standaloneSvg(figure, paperTheme);
  checkWellFormed(svg);
  assert(svg.startsWith("<svg "));
  assert(svg.includes('xmlns="http://www.w3.org/2000/svg"'));
  assert(svg.includes("<title>&lt;script&gt;</title>"));
  assert(svg.includes(`fill="${paperTheme.background}"`));
  assert(!svg.includes("var(--"));
  assert(figure.draw(pageTheme).includes("var(--"), "the page's drawing follows its setting");
});

Deno.test("slug() holds only letters, digits and dashes", () => {
  assertEquals(slug(experiment("a|b <c>/../d", "x")), "a-b-c-d-default");
  assertEquals(slug({ ...experiment("ñ", "x"), variant: "§" }), "unnamed");
  assertEquals(slug(experiment("scop", "x", {}, "pfam")), "pfam-scop-default");
});

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
