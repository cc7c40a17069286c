import { limitSplits } from "../../../lib/datasets/conversion/convert_files.ts";
import { singleLabel, type Variant } from "../../../lib/datasets/conversion/dataset.ts";
import { photoVariants, type Picture } from "../../../lib/datasets/families/images.ts";
import { trafficSign } from "../../../lib/datasets/traffic_sign.ts";
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

Deno.test("photoVariants() has the sizes, patches and batch sizes of the references", () => {
  const task = singleLabel(43);
  const of = ({ shape }: Variant) => {
    const { inputs: [input], defaults, task } = shape!;
    if (input?.kind !== "image") throw new TypeError("photos are images");
    return [input.width, input.patch, patchCount(input), defaults.batchSize, task?.classes];
  };
  const variants = photoVariants(task);
  assertEquals(variants.map(({ name }) => name), ["metamae", "dabs", "dabs-small"]);
  assertEquals(variants.map(of), [
    [32, 4, 64, 64, 43],
    [224, 16, 196, 64, 43],
    [32, 4, 64, 256, 43],
  ]);
  const clean = trafficSign.variants.find(({ name }) => name === "clean")!;
  assertEquals(of(clean), of(variants[0]!));
});
