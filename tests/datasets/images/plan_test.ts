import { limitSplits, type Picture } from "../../../lib/datasets/images/plan.ts";
import { photoShape, photoVariants } from "../../../lib/datasets/images/variants.ts";
import { patchCount } from "../../../lib/spec/input.ts";
import { assertEquals } from "../../assert.ts";

const pictures = (count: number) =>
  Array.from({ length: count }, (_, i): Picture => ({ key: String(i) }));

Deno.test("limitSplits() cuts every split to the limit, in order", () => {
  const splits = { train: pictures(5), test: pictures(2) };
  const keys = (limit?: number) =>
    [...limitSplits(splits, limit)].map(([name, list]) => [name, list.map(({ key }) => key)]);
  assertEquals(keys(3), [["train", ["0", "1", "2"]], ["test", ["0", "1"]]]);
  assertEquals(keys()[0], ["train", ["0", "1", "2", "3", "4"]]);
});

Deno.test("photoShape() has the sizes, patches and batch sizes of the references", () => {
  const of = (variant: string) => {
    const { inputs: [input], defaults, task } = photoShape(variant);
    if (input?.kind !== "image") throw new TypeError("photos are images");
    return [input.width, input.patch, patchCount(input), defaults.batchSize, task];
  };
  assertEquals(photoVariants.map(({ name }) => name), ["metamae", "dabs", "dabs-small"]);
  assertEquals(of("metamae"), [32, 4, 64, 64, undefined]);
  assertEquals(of("dabs"), [224, 16, 196, 64, undefined]);
  assertEquals(of("dabs-small"), [32, 4, 64, 256, undefined]);
  assertEquals(of("clean"), of("metamae"));
});
