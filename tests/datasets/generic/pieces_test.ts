/** The small parts of the own-data sets: classes, moments, patches, paths, options, FASTA lines. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { numberClasses } from "../../../lib/datasets/own/classes.ts";
import { createMoments } from "../../../lib/datasets/own/moments.ts";
import { readPath } from "../../../lib/datasets/own/own_files.ts";
import { patchSize } from "../../../lib/datasets/own/own_data.ts";
import { checkOptions } from "../../../lib/datasets/own/own_data.ts";
import { csv } from "../../../lib/datasets/csv.ts";
import { mnist } from "../../../lib/datasets/mnist.ts";
import { DataError, UsageError } from "../../../lib/util/errors.ts";

Deno.test("numberClasses() orders numbers as numbers and texts as texts", () => {
  const numbers = numberClasses("x", ["10", "9", "1.0", "1", "9"])!;
  assertEquals(numbers.task.classNames, ["1", "9", "10"]);
  assertEquals(["1", "1.0", "10"].map(numbers.classOf), [0, 0, 2]);
  const texts = numberClasses("x", ["10", "b", "9", "a"])!;
  assertEquals(texts.task.classNames, ["10", "9", "a", "b"]);
  assertEquals(numberClasses("x", ["one", "one"]), undefined);
});

Deno.test("numberClasses() refuses a column that cannot be one of classes", () => {
  const many = Array.from({ length: 100_001 }, (_, i) => `name ${i}`);
  assertThrows(() => numberClasses("x", many), DataError, "it has 100001 different labels");
});

Deno.test("createMoments() keeps small deviations beside large means", () => {
  const moments = createMoments(2);
  for (let i = 0; i < 1000; i++) moments.add([1e8 + (i % 2), 1e8 + (i % 2), 5, 5]);
  const { mean, deviation } = moments.result();
  assertAlmostEquals(mean[0]!, 1e8 + 0.5, 1e-6);
  assertAlmostEquals(deviation[0]!, 0.5, 1e-9);
  // A channel that never changes is not divided by zero.
  assertEquals([mean[1], deviation[1]], [5, 1]);
});

Deno.test("patchSize() takes the published sizes where they divide, and what divides elsewhere", () => {
  const of = (...sides: number[]) => patchSize("x", sides, undefined);
  assertEquals([of(32, 32), of(224, 224), of(28, 28), of(45, 45), of(31, 31)], [4, 16, 4, 5, 1]);
  assertEquals([of(320), of(250), of(49), of(251)], [8, 5, 7, 1]);
  assertEquals(patchSize("x", [30, 60], 10), 10);
  const error = assertThrows(
    () => patchSize("x", [30, 60], 20),
    UsageError,
    "30 x 60 is no multiple",
  );
  assert(error.hint!.includes("--patch"));
});

Deno.test("readPath() tells split and class by folders, or by patterns", () => {
  const read = (path: string, patterns = {}) => {
    const { split, label } = readPath(path, { id: "x", ...patterns });
    return [split, label];
  };
  assertEquals(read("data/train/cat/1.jpg"), ["train", "cat"]);
  assertEquals(read("data/cat/val/1.jpg"), ["validation", undefined]);
  assertEquals(read("train/1.jpg"), [undefined, undefined]);
  assertEquals(read("data/a/b/1.jpg"), [undefined, "b"]);
  assertEquals(read("data/dog/3_x.wav", { label: /^(\d)_/ }), [undefined, "3"]);
  assertEquals(read("data/dog/3_x.wav", { label: /x/, test: /dog/ }), ["test", "x"]);
  assertThrows(
    () => read("data/no.wav", { label: /^\d/ }),
    DataError,
    '"data/no.wav" does not match',
  );
});

Deno.test("checkOptions() refuses options that a data set does not take", () => {
  checkOptions(mnist, {});
  checkOptions(mnist, { window: undefined });
  checkOptions(csv, { window: 8, header: "no" });
  assertThrows(
    () => checkOptions(mnist, { window: 8, testFraction: 0.5 }),
    UsageError,
    'Cannot use the options of "mnist": it has no "--window", "--test-fraction"',
  );
  assertThrows(() => checkOptions(csv, { header: "maybe" }), UsageError, '"--header": ');
  assertThrows(() => checkOptions(csv, { testFraction: 2 }), UsageError, '"--test-fraction": ');
});
