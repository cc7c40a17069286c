import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { openArrays } from "../../../lib/datasets/npy.ts";
import { writeNpy, writeNpz } from "../../formats/tensor/npy_files.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { ndarray } from "../../../lib/util/ndarray.ts";
import { inFolder } from "../unpack.ts";
import { own } from "./own_data.ts";

const large = ndarray(
  "float32",
  [3001, 7, 50],
  Float32Array.from({ length: 3001 * 350 }, (_, i) => i % 9973),
);

/** All elements, and the number of blocks. */
async function readRows(path: string, name: string) {
  const values: number[] = [];
  let blocks = 0;
  for await (const { data, shape } of (await openArrays(path)).get(name)!.rows()) {
    assertEquals(data.length, shape[0]! * 350);
    for (const value of data) values.push(Number(value));
    blocks++;
  }
  return { values, blocks };
}

Deno.test("openArrays() streams a large array in blocks of whole rows", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/x.npy`, writeNpy(large));
    await Deno.writeFile(`${folder}/x.npz`, writeNpz(new Map([["big", large]])));
    for (const [file, name] of [["x.npy", ""], ["x.npz", "big"]] as const) {
      const { values, blocks } = await readRows(`${folder}/${file}`, name);
      assert(blocks > 3 && blocks < 10);
      assertEquals(values.length, large.data.length);
      assert(values.every((value, i) => value === large.data[i]));
    }
  });
});

Deno.test("openArrays() reads what NumPy packed, by name", async () => {
  const arrays = await openArrays(own("arrays.npz"));
  assertEquals([...arrays.keys()], ["x_train", "y_train", "x_test", "y_test"]);
  const [block] = await Array.fromAsync(arrays.get("y_train")!.rows());
  assertEquals(Array.from(block!.data, Number), [5, 9, 5, 5, 9]);
});

Deno.test("openArrays() refuses files whose size is not what the header promises, and empty ones", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/x.npy`;
    const bytes = writeNpy(large);
    await Deno.writeFile(path, bytes.subarray(0, 5000));
    await assertRejects(
      () => openArrays(path),
      DataError,
      `it has 5000 bytes, its header promises`,
    );
    await Deno.writeFile(path, writeNpy(ndarray("float32", [0, 3], new Float32Array(0))));
    await assertRejects(() => openArrays(path), DataError, "its shape is (0, 3), it is empty");
  });
});
