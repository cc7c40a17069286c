import {
  corruptedPart,
  largestPositions,
  markPositions,
  rotatePositions,
  visiblePositions,
} from "../../lib/nn/corruption.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { drawKey, uniforms } from "../../lib/util/random.ts";
import { assert, assertEquals } from "../assert.ts";

const noise = float32([2, 5], [0.1, 0.9, 0.3, 0.8, 0.2, 0.5, 0.5, 0.6, 0.1, 0.7]);

Deno.test("largestPositions() lists the largest draws in decreasing order, ties by position", () => {
  const positions = largestPositions(noise, 3);
  assertEquals(positions.shape, [2, 3]);
  assertEquals([...positions.data], [1, 3, 2, 4, 2, 0]);
});

Deno.test("markPositions() and visiblePositions() are complements", () => {
  assertEquals([...markPositions(int32([2, 2], [0, 3, 1, 2]), 4).data], [1, 0, 0, 1, 0, 1, 1, 0]);
  const marks = markPositions(largestPositions(noise, 2), 5);
  const visible = visiblePositions(noise, 2);
  assertEquals([...marks.data], [0, 1, 0, 1, 0, 0, 0, 1, 0, 1]);
  assertEquals([...visible.data], [...marks.data].map((mark) => 1 - mark));
});

Deno.test("rotatePositions() moves every listed value to the next position of the list", () => {
  const { keep, restore } = rotatePositions(int32([1, 3], [1, 4, 2]), 5);
  // 4 receives what 1 held, 2 what 4 held, 1 what 2 held.
  assertEquals([...keep.data], [0, 2, 4, 3, 1]);
  assertEquals(Array.from(restore.data, (place) => keep.data[place]), [0, 1, 2, 3, 4]);
});

Deno.test("rotatePositions() leaves a single position, and one of none, where they are", () => {
  assertEquals([...rotatePositions(int32([1, 1], [2]), 4).keep.data], [0, 1, 2, 3]);
  assertEquals([...rotatePositions(int32([2, 0], []), 3).keep.data], [0, 1, 2, 0, 1, 2]);
});

Deno.test("corruptedPart() lists the corrupted positions of a modality first and fills up", () => {
  // The two largest draws of the first sample are 1 and 3, of the second 4 and 2.
  const { keep, restore, weights } = corruptedPart(noise, 2, 2, 3);
  assertEquals(keep.shape, [2, 2]);
  assertEquals([...keep.data], [1, 0, 2, 0]);
  assertEquals([...weights.data], [1, 0, 1, 1]);
  assertEquals([...restore.data], [1, 0, 2, 1, 2, 0]);
});

Deno.test("corruptedPart() of all modalities chooses as many positions as are corrupted", () => {
  const draws = float32([4, 12], uniforms(drawKey(0, "corruption"), 48));
  const parts = [corruptedPart(draws, 5, 0, 7), corruptedPart(draws, 5, 7, 5)];
  for (let n = 0; n < 4; n++) {
    const counts = parts.map(({ weights }) =>
      weights.data.slice(n * 5, n * 5 + 5).reduce((sum, value) => sum + value)
    );
    assertEquals(counts[0]! + counts[1]!, 5);
  }
  const varying = parts[1]!.weights.data.some((value) => value === 0);
  assert(varying, "the share of a modality varies between samples");
});
