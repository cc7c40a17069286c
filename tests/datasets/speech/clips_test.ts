import { assertEquals } from "../../assert.ts";
import { type Clip, cropSplits } from "../../../lib/datasets/families/speech.ts";

const clips = Array.from({ length: 12 }, (_, i): Clip => ({ key: `${i}`, label: i % 3 }));

Deno.test("cropSplits() tosses Python's coin in training splits only, afresh for each", () => {
  const cropped = cropSplits({
    pretrain: clips.slice(1),
    train: clips,
    validation: clips,
    test: clips,
  });
  const bits = (split: "pretrain" | "train" | "validation" | "test") =>
    cropped[split]!.map(({ crop }) => crop === "last" ? 1 : 0).join("");
  // random.Random(0): [getrandbits(1) for _ in range(12)]
  const coins = "101100011001";
  assertEquals([bits("train"), bits("pretrain")], [coins, coins.slice(0, 11)]);
  assertEquals([bits("test"), bits("validation")], ["000000000000", "000000000000"]);
});

Deno.test("cropSplits() keeps order and labels, and cuts at the limit without other coins", () => {
  const whole = cropSplits({ train: clips }).train!;
  assertEquals(whole.map(({ crop: _, ...clip }): Clip => clip), clips);
  assertEquals(cropSplits({ train: clips.slice(0, 5) }).train, whole.slice(0, 5));
});
