import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { type MatValue, readMat5 } from "../../../lib/formats/tensor/mat5.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/images/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(`${name}.mat`, folder));
const read = (name: string) => readMat5(bytesOf(name), { name });

/** Numbers of a variable, and its shape. */
function numbers(value: MatValue | undefined) {
  assert(value?.kind === "numbers");
  return [value.shape, Array.from(value.data)];
}

for (const name of ["plain", "packed"]) {
  Deno.test(`readMat5() reads what SciPy wrote: ${name}`, () => {
    const file = read(name);
    assertEquals(numbers(file.get("numbers")), [[2, 3], [-2.5, 0.5, -1.5, 1.5, -0.5, 2.5]]);
    assertEquals(numbers(file.get("small")), [[1, 3], [1, 2, 255]]);
    assertEquals(numbers(file.get("signed")), [[2, 1], [-1, -300]]);
    assertEquals(numbers(file.get("long")), [[1, 2], [2 ** 40, -5]]);
    assertEquals(numbers(file.get("single")), [[1, 1], [0.5]]);
    assertEquals(numbers(file.get("flags")), [[1, 2], [1, 0]]);
    assertEquals(numbers(file.get("empty")), [[0, 0], []]);

    const text = file.get("text");
    assert(text?.kind === "text");
    assertEquals(text.text, "héllo");

    const cells = file.get("cells");
    assert(cells?.kind === "cells");
    assertEquals(cells.shape, [1, 3]);
    const [first, second, third] = cells.cells;
    assertEquals(first?.kind === "text" && first.text, "a");
    assertEquals(numbers(second), [[1, 1], [1]]);
    assertEquals(numbers(third), [[1, 1], [7]]);

    const synsets = file.get("synsets");
    assert(synsets?.kind === "structures");
    const rows = synsets.structures.map((synset) => {
      const name = synset.get("WNID");
      return [numbers(synset.get("ILSVRC2012_ID"))[1], name?.kind === "text" && name.text];
    });
    assertEquals(rows, [[[1], "n01440764"], [[2], "n01443537"]]);
  });
}

Deno.test("readMat5() refuses sparse arrays, other files, and unpacking past the limit", () => {
  assertThrows(() => read("sparse"), DataError, 'the variable "sparse" is sparse or an object');
  const bytes = new Uint8Array(200);
  assertThrows(
    () => readMat5(bytes, { name: "a.mat" }),
    DataError,
    'Cannot read "a.mat": it is no MATLAB file of version 5 to 7',
  );
  assertThrows(
    () => readMat5(bytesOf("packed"), { name: "packed", limit: 32 }),
    DataError,
    "its variable at byte 136 is damaged",
  );
});

Deno.test("readMat5() notices every cut", () => {
  for (const name of ["plain", "packed"]) {
    const bytes = bytesOf(name);
    const whole = readMat5(bytes, { name }).size;
    for (let length = 0; length < bytes.length; length += 3) {
      let found = 0;
      try {
        // A cut between two variables leaves a whole file of fewer.
        found = readMat5(bytes.slice(0, length), { name }).size;
      } catch (error) {
        assert(error instanceof DataError, `${name} cut to ${length} bytes: ${error}`);
        continue;
      }
      assert(found < whole);
    }
  }
});

Deno.test("readMat5() gives data or a data error whatever byte is changed", () => {
  const bytes = bytesOf("plain");
  for (let at = 124; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 0xff;
    try {
      readMat5(changed, { name: "changed" });
    } catch (error) {
      assert(error instanceof DataError, `byte ${at}: ${error}`);
    }
  }
});
