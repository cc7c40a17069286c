import { assertEquals } from "../../assert.ts";
import { createTexts } from "../../../lib/datasets/own/texts.ts";

Deno.test("createTexts() numbers texts in the order of their first sight, however many there are", () => {
  const texts = createTexts();
  // One text for a while, then ever more: the numbers outgrow one byte and two.
  const numberOf = (sample: number) => sample < 3000 ? 0 : Math.floor((sample - 3000) / 2);
  const samples = 3000 + 2 * 70_000;
  for (let sample = 0; sample < samples; sample++) texts.add(`text ${numberOf(sample)}`);
  assertEquals([texts.length, texts.count], [samples, 70_000]);
  for (let sample = 0; sample < samples; sample++) {
    if (texts.idOf(sample) !== numberOf(sample)) {
      assertEquals(texts.idOf(sample), numberOf(sample), `sample ${sample}`);
    }
  }
  assertEquals(texts.names[69_999], "text 69999");
});
