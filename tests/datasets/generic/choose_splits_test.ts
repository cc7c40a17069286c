import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { chooseSplits, splitOfWord } from "../../../lib/datasets/own/choose_splits.ts";
import type { SplitName } from "../../../lib/documents/store_manifest.ts";
import { DataError } from "../../../lib/util/errors.ts";

const options = { testFraction: 0.1, splitSeed: 42 };
const lists = (parts: Partial<Record<SplitName, Uint32Array>>) =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, Array.from(part)]));

Deno.test("chooseSplits() shuffles as NumPy does and cuts the last part off", () => {
  // numpy.random.RandomState(42).permutation(5) is 1, 4, 2, 0, 3.
  const { parts, note } = chooseSplits({ id: "x", samples: 5 }, { ...options, testFraction: 0.4 });
  assertEquals(lists(parts), { train: [1, 4, 2], test: [0, 3] });
  assertEquals(
    note,
    "Split: samples shuffled by RandomState(42), the last 40 % of the samples for testing",
  );
  const tiny = chooseSplits({ id: "x", samples: 2 }, options);
  assertEquals(lists(tiny.parts), { train: [1], test: [0] });
});

Deno.test("chooseSplits() takes the splits that the data name, in their order", () => {
  const names: (SplitName | undefined)[] = ["test", "train", undefined, "validation", "test"];
  const { parts, note } = chooseSplits({ id: "x", samples: 5, named: (i) => names[i] }, options);
  assertEquals(lists(parts), { test: [0, 4], train: [1, 2], validation: [3] });
  assertEquals(note, "Split as the data name it");
});

Deno.test("chooseSplits() cuts the training part where the data name no test split", () => {
  const { parts } = chooseSplits(
    { id: "x", samples: 12, named: (i) => i < 2 ? "validation" : undefined },
    options,
  );
  assertEquals(lists(parts).validation, [0, 1]);
  assertEquals([parts.train!.length, parts.test!.length], [9, 1]);
  assert(![...parts.train!, ...parts.test!].some((sample) => sample < 2));
});

Deno.test("chooseSplits() keeps groups whole, whatever their order", () => {
  const groups = "abacbadcab".split("");
  const choose = (fraction: number) =>
    lists(
      chooseSplits(
        { id: "x", samples: 10, group: (i) => groups[i]! },
        { ...options, testFraction: fraction },
      ).parts,
    );
  for (const fraction of [0.1, 0.4, 0.9]) {
    const { train, test } = choose(fraction);
    assertEquals(new Set([...train!, ...test!]).size, 10);
    const both = test!.filter((sample) => train!.some((other) => groups[other] === groups[sample]));
    assertEquals(both, []);
    assert(train!.length > 0);
  }
});

Deno.test("chooseSplits() refuses too little for both parts", () => {
  const refused = (source: Partial<Parameters<typeof chooseSplits>[0]>, message: string) =>
    assertThrows(
      () => chooseSplits({ id: "x", samples: 3, ...source }, options),
      DataError,
      message,
    );
  refused({ samples: 1 }, 'Cannot tokenize "x": it has 1 samples for training and testing');
  refused(
    { group: () => "one" },
    "it has 1 groups for training and testing, at least 2 are wanted",
  );
  refused({ named: () => "test" }, "all samples are for testing");
  refused({ named: () => "pretrain" }, "it has 0 samples for training and testing");
});

Deno.test("splitOfWord() knows the usual names", () => {
  assertEquals(["Train", "VAL", "dev", "testing", "unlabeled"].map(splitOfWord), [
    "train",
    "validation",
    "validation",
    "test",
    "pretrain",
  ]);
  assertEquals(splitOfWord("trains"), undefined);
});
