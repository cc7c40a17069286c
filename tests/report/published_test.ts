import { assert, assertEquals } from "../assert.ts";
import { findPublished, publishedNumbers, publishedTables } from "../../lib/report/published.ts";

/** The tables of the presentation as a second transcription: one line a row, methods in columns. */
const methods = ["scratch", "emix", "shed", "capri", "dabs-mae", "metamae"];
const inDomain = `
  pamap2 69.8 80.1 85.2 - 85.3 89.3
  higgs 54.8 65.7 68.0 - 70.0 71.5
  eurosat 62.3 87.4 61.5 67.4 86.3 88.5
  genomics 37.2 40.5 33.6 23.5 53.6 69.4
  pfam 30.1 31.3 54.7 27.4 44.7 62.3
  librispeech 17.1 60.2 34.8 25.4 46.0 79.8
  wafer-map 77.7 92.6 92.4 92.5 93.9 95.5`;
const crossDomain = `
  genomics-ood 8.6 9.7 7.3 5.5 22.2 37.2
  scop 8.0 5.7 10.7 2.0 7.9 11.8
  secondary-structure 52.4 53.7 67.6 49.5 62.5 65.9
  stability 0.31 0.39 0.53 0.26 0.40 0.53
  fluorescence 0.04 0.20 0.27 0.06 0.06 0.31
  audio-mnist 33.1 80.4 67.3 53.6 45.1 89.5
  fluent-location 62.1 60.9 60.2 59.8 61.7 66.7
  fluent-action 26.2 29.9 30.5 28.3 26.8 38.4
  fluent-object 30.1 39.9 39.4 33.1 32.0 49.3
  speech-commands 4.9 19.2 20.7 13.7 9.5 46.8
  voxceleb1 0.6 2.4 2.8 1.6 1.6 7.4
  cifar10 24.2 39.4 39.6 48.7 46.0 59.2
  cub200 1.6 3.9 3.0 3.7 3.1 6.3
  vgg-flowers 9.0 26.0 13.0 18.6 22.2 36.3
  dtd 7.4 8.8 18.4 14.7 14.2 20.9
  traffic-sign 14.3 65.1 27.5 28.0 32.0 67.1
  aircraft 2.7 10.2 5.6 6.4 5.9 16.4`;
const visionLanguage = `
  vqa 53.4 57.6 53.1 52.9 54.2 69.7
  mismatched-caption 49.8 50.1 50.6 49.6 49.3 70.5`;

function parse(text: string) {
  return text.trim().split("\n").map((line) => {
    const [dataset, ...values] = line.trim().split(" ");
    return { dataset: dataset!, values: values.map((value) => value === "-" ? null : +value) };
  });
}

for (
  const [table, text, pretrain] of [
    ["in-domain", inDomain, undefined],
    ["cross-domain", crossDomain, undefined],
    ["vision-language", visionLanguage, "mscoco"],
  ] as const
) {
  Deno.test(`publishedNumbers of the table "${table}" equal a second transcription`, () => {
    const rows = parse(text);
    const numbers = publishedNumbers.filter((number) => number.table === table);
    assertEquals(numbers.length, rows.length * methods.length);
    for (const { dataset, values } of rows) {
      const row = numbers.filter((number) => number.eval === dataset);
      assertEquals(row.map(({ method }) => method), methods);
      assertEquals(row.map(({ value }) => value), values, dataset);
      if (pretrain !== undefined) assertEquals(row[0]!.pretrain, pretrain);
    }
  });
}

Deno.test("publishedNumbers hold all 234 numbers with source, unit and the text as printed", () => {
  assertEquals(publishedNumbers.length, 234);
  for (const number of publishedNumbers) {
    assert(number.source.length > 10 && number.row !== "" && number.column !== "");
    const { value, printed } = number;
    assertEquals(value === null ? "-" : parseFloat(printed), value ?? "-");
  }
  const coefficients = publishedNumbers.filter(({ unit }) => unit === "coefficient");
  assertEquals(new Set(coefficients.map((n) => n.eval)), new Set(["stability", "fluorescence"]));
});

Deno.test("publishedNumbers with a star equal the README's numbers rounded to one decimal", () => {
  const starred = publishedNumbers.filter(({ printed }) => printed.endsWith("*"));
  assertEquals(starred.length, 38);
  for (const number of starred) {
    const { eval: evaluated, method } = number;
    const exact = publishedNumbers.find((other) =>
      other.table === "dabs" && other.eval === evaluated && other.method === method
    );
    // Half up, with the two decimals as an integer: 24.25 is not exact in binary.
    const rounded = Math.floor((Math.round(exact!.value! * 100) + 5) / 10) / 10;
    assertEquals(number.value, rounded, `${evaluated} ${method}`);
  }
});

Deno.test("findPublished() tells the decoder depths apart", () => {
  const at = (method: string, decoderLayers?: number) =>
    findPublished({
      table: "decoder-ablation",
      pretrain: "pfam",
      eval: "pfam",
      method,
      decoderLayers,
    })
      ?.value;
  assertEquals(at("dabs-mae", 0), 44.7);
  assertEquals(at("mae", 2), 61.4);
  assertEquals(at("mae", 4), 61.3);
  assertEquals(at("mae", 6), 61.4);
  assertEquals(at("mae", 3), undefined);
  assertEquals(at("previous-best"), 54.7);
});

Deno.test("findPublished() gives a dash as null and an absent cell as undefined", () => {
  const query = { table: "in-domain", pretrain: "pamap2", eval: "pamap2" };
  assertEquals(findPublished({ ...query, method: "capri" })?.value, null);
  assertEquals(findPublished({ ...query, method: "mae" }), undefined);
  assertEquals(findPublished({ ...query, eval: "higgs", method: "metamae" }), undefined);
});

Deno.test("findPublished() passes superseded numbers over", () => {
  const vqa = { table: "dabs", pretrain: "mscoco", eval: "vqa", method: "scratch" };
  assertEquals(findPublished(vqa)?.value, 53.38);
  const superseded = publishedNumbers.filter((number) => number.superseded);
  assertEquals(superseded.map(({ value }) => value), [57.5, 48.9, 54.3]);
});

Deno.test("publishedTables explain marks and notes", () => {
  assertEquals(publishedTables.map(({ id }) => id), [
    "in-domain",
    "cross-domain",
    "vision-language",
    "decoder-ablation",
    "dabs",
  ]);
  const wafer = findPublished({
    table: "in-domain",
    pretrain: "wafer-map",
    eval: "wafer-map",
    method: "scratch",
  })!;
  assertEquals(wafer.metric, "weighted-f1");
  assert(wafer.mark?.includes("DABS 2.0"));
  assert(wafer.note?.includes("not printed on the slide"));
});
