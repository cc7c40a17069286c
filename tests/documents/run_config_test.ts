import {
  engineFields,
  fallbackOf,
  loggingFields,
  modelFields,
  runOptions,
  trainingFields,
} from "../../lib/documents/run_config.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("runOptions has every field of a run that can be chosen, and the help of each", () => {
  const fields = [trainingFields, modelFields, loggingFields, engineFields]
    .flatMap(({ shape }) => Object.keys(shape));
  const names = fields.map((name) => name === "learningRate" ? "lr" : name)
    .filter((name) => name !== "tensorboard");
  const own = ["warmup", "finalLr", "resume"];
  assertEquals(Object.keys(runOptions).toSorted(), [...names, ...own].toSorted());
  for (const [name, { description, def }] of Object.entries(runOptions)) {
    const inner = "innerType" in def ? def.innerType as { description?: string } : undefined;
    assert((description ?? inner?.description ?? "") !== "", name);
  }
});

Deno.test("runOptions gives nothing that was not given, so that a resumed run keeps its own", () => {
  for (const [name, option] of Object.entries(runOptions)) {
    assertEquals(option.parse(undefined), name === "resume" ? false : undefined);
  }
});

Deno.test("fallbackOf knows the default of a field, also of one that older runs lack", () => {
  assertEquals(fallbackOf(trainingFields.shape.steps), 100_000);
  assertEquals(fallbackOf(loggingFields.shape.healthEvery), 100);
  assertEquals(fallbackOf(trainingFields.shape.batchSize), undefined);
});
