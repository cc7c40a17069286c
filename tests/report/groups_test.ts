import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import {
  evaluationTitle,
  experimentLabels,
  groupRecords,
  groupScore,
  settingTitle,
  trainingKey,
} from "../../lib/report/groups.ts";
import { experiment, metric, scoreRecord } from "./builders.ts";

Deno.test("groupRecords() groups over seeds and orders data sets and methods", () => {
  const records = [
    scoreRecord(experiment("pfam", "metamae"), 0.6, { seed: 1 }),
    scoreRecord(experiment("pfam", "metamae"), 0.5, { seed: 0 }),
    scoreRecord(experiment("pfam", "scratch"), 0.3),
    scoreRecord(experiment("higgs", "scratch"), 0.5),
    scoreRecord(experiment("pfam", "my-method"), 0.4),
  ];
  const groups = groupRecords(records);
  assertEquals(groups.map(({ experiment: e, label }) => `${e.dataset} ${label}`), [
    "higgs Scratch",
    "pfam Scratch",
    "pfam MetaMAE",
    "pfam my-method",
  ]);
  assertEquals(groups[2]!.records.map(({ seed }) => seed), [0, 1]);
  assertEquals(groupRecords(records.toReversed()), groups);
});

Deno.test("experimentLabels() name only the settings that differ", () => {
  const shared = { steps: 1000, maskRatio: 0.5 };
  const labels = experimentLabels([
    experiment("mnist", "mae", shared),
    experiment("mnist", "mae", { ...shared, maskRatio: 0.85, dropout: 0 }),
    experiment("mnist", "metamae", { ...shared, steps: 10 }),
    experiment("higgs", "mae", { ...shared, steps: 10 }),
  ]);
  assertEquals(labels, [
    "MAE (dropout unset, mask ratio 0.5)",
    "MAE (dropout 0, mask ratio 0.85)",
    "MetaMAE",
    "MAE",
  ]);
});

Deno.test("evaluationTitle() names the pretraining and, where there are several, the variant", () => {
  const clean = experiment("speech-commands", "mae", {}, "librispeech");
  const leaky = { ...clean, variant: "reference" };
  assertEquals(
    evaluationTitle(clean, [clean]),
    "Google Speech Commands, pretrained on LibriSpeech",
  );
  assertEquals(
    evaluationTitle(leaky, [clean, leaky]),
    "Google Speech Commands (reference), pretrained on LibriSpeech",
  );
  assertEquals(evaluationTitle(experiment("higgs", "mae"), []), "HIGGS");
});

Deno.test("groupScore() is in percent for accuracies and as it is for correlations", () => {
  const [group] = groupRecords([scoreRecord(experiment("mnist", "mae"), 0.9, { half: 0.01 })]);
  const score = groupScore(group!);
  assert(score.estimate !== null);
  assertAlmostEquals(score.estimate.mean, 90);
  assertAlmostEquals(score.estimate.interval!.low, 89);
  const of = experiment("stability", "mae", {}, "pfam");
  const [other] = groupRecords([scoreRecord(of, 0.5, { metric: "spearman" })]);
  assertEquals(groupScore(other!).estimate!.mean, 0.5);
});

Deno.test("groupScore() says why there is no number, and why seeds are missing", () => {
  const of = experiment("mnist", "mae");
  const [none] = groupRecords([scoreRecord(of, null)]);
  assertEquals(groupScore(none!), { estimate: null, reason: "the predictions are all equal" });
  assertEquals(groupScore(none!, { probe: "knn" }), { estimate: null, reason: undefined });
  const [some] = groupRecords([scoreRecord(of, null), scoreRecord(of, 0.5, { seed: 1 })]);
  const score = groupScore(some!);
  assert(score.estimate !== null);
  assertEquals(score.note, "without 1 of 2 seeds: the predictions are all equal");
});

Deno.test("groupScore() finds other probes, latents and metrics", () => {
  const scores = [{ probe: "knn", latent: "zstar", metrics: { auroc: metric(0.7) } }];
  const [group] = groupRecords([scoreRecord(experiment("mnist", "mae"), 0.9, { scores })]);
  const score = groupScore(group!, { probe: "knn", latent: "zstar", metric: "auroc" });
  assertAlmostEquals(score.estimate!.mean, 70);
});

Deno.test("trainingKey() is the same whatever a run was evaluated on or adapted with", () => {
  const settings = { steps: 10 };
  const trained = trainingKey(experiment("pfam", "mae", settings), 0);
  const moved = experiment("scop", "mae", { ...settings, adaptationSteps: 3 }, "pfam");
  assertEquals(trainingKey(moved, 0), trained);
  assert(trainingKey(moved, 1) !== trained);
  assert(trainingKey(experiment("pfam", "mae", { steps: 11 }), 0) !== trained);
});

Deno.test("settingTitle() writes names in words", () => {
  assertEquals(settingTitle("innerLr"), "inner lr");
  assertEquals(settingTitle("preset"), "preset");
});
