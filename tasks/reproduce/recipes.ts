/**
 * The recipes of all published tables, one line or two a row.
 *
 * Settings of MetaMAE's runs are stated for PAMAP2 only, by a command in the README of its
 * repository; for all other rows its code's defaults stand in.
 *
 * @module
 */

import type { Basis, Evaluated, Recipe, RecipeColumn, Setting, TableName } from "./recipe.ts";

type Settings = Readonly<Record<string, Setting>>;

/** Makes settings that rest on the same. */
const stated = (basis: Basis, source: string) => (value: number): Setting => ({
  value,
  basis,
  source,
});

const metamaeCode = stated("published code", "published code");
const metamaeCommand = stated("published code", "command in the README of MetaMAE's repository");
const metamaeDefault = stated(
  "default of the published code",
  "not published; default of the published code",
);
const dabsCode = stated("published code", "published code of DABS");
const dabsDefault = stated(
  "default of the published code",
  "default of the published code of DABS; its authors tried several",
);
const decoderStudy = stated("published code", "the decoder study");
const likeMetamae = stated("own choice", "as MetaMAE, for a like-for-like comparison");
const likeTables = stated("own choice", "as the published tables");

const corruption: Settings = { corruptionRate: dabsDefault(0.15) };
const maeDefaults: Settings = { maskRatio: metamaeDefault(0.5), dropout: metamaeDefault(0.1) };
const metamaeDefaults: Settings = {
  ...{ maskRatio: metamaeDefault(0.5), contrastWeight: metamaeDefault(0.1) },
  ...{ innerLr: metamaeDefault(0.5), decoderLayers: metamaeDefault(4) },
  ...{ dropout: metamaeDefault(0.1), supportRatio: metamaeDefault(0.1) },
};
const metamaePamap2: Settings = {
  ...{ maskRatio: metamaeCommand(0.85), contrastWeight: metamaeCommand(1) },
  ...{ innerLr: metamaeCommand(0.5), decoderLayers: metamaeCommand(4) },
  ...{ dropout: metamaeCommand(0.1), supportRatio: metamaeDefault(0.1) },
};

const onDabs = (method: string, settings?: Settings): RecipeColumn => ({
  method,
  backbone: "dabs",
  protocol: "dabs",
  ...(settings && { settings }),
});
const onMetamae = (method: string, settings: Settings): RecipeColumn => ({
  method,
  backbone: "metamae",
  protocol: "metamae",
  settings,
});

const dabsColumns = ["scratch", "emix", "shed"].map((method) => onDabs(method));
const dabsBaselines = [...dabsColumns, onDabs("capri", corruption), onDabs("dabs-mae", corruption)];

/** MetaMAE beside the methods of DABS, and all of them like for like on MetaMAE's backbone. */
function besideBaselines(
  metamae: Settings,
  mae: Settings,
): Pick<Recipe, "columns" | "likeForLike"> {
  const onOneBackbone = dabsBaselines.map(({ method, settings }) => ({
    method,
    ...(settings && { settings }),
  }));
  return {
    columns: [...dabsBaselines, { ...onMetamae("metamae", metamae), isPictured: true }],
    likeForLike: [...onOneBackbone, { method: "mae", settings: mae }],
  };
}

const allMethods = besideBaselines(
  metamaeDefaults,
  { ...maeDefaults, decoderLayers: likeMetamae(4) },
);
const allMethodsPamap2 = besideBaselines(
  metamaePamap2,
  { ...maeDefaults, maskRatio: likeMetamae(0.85), decoderLayers: likeMetamae(4) },
);
const decoderDepths = [
  onDabs("dabs-mae", corruption),
  ...[2, 4, 6].map((depth) =>
    onMetamae("mae", { ...maeDefaults, decoderLayers: decoderStudy(depth) })
  ),
];

/** What is pretrained on: variant, batch size, samples where the sources tell. */
type Source = readonly [dataset: string, variant: string, batchSize: number, samples?: number];

const librispeech: Source = ["librispeech", "metamae", 64, 281_241];
const mscoco: Source = ["mscoco", "metamae", 64, 117_266];
const genomics: Source = ["genomics", "metamae", 32, 900_000];
const pfam: Source = ["pfam", "metamae", 128, 32_593_668];
const eurosat: Source = ["eurosat", "metamae", 64, 21_870];
const imagenet32: Source = ["imagenet32", "metamae", 64, 1_281_167];
const imagenet: Source = ["imagenet", "dabs", 64, 1_281_167];
const chexpert: Source = ["chexpert", "dabs", 64, 223_414];

const on = (dataset: string, variant: string, train: number, test: number): Evaluated => ({
  dataset,
  variant,
  train,
  test,
});

const eurosatProbe = on("eurosat", "metamae", 2_430, 269);
const librispeechProbe = on("librispeech", "metamae", 2_146, 557);
const pfamProbe = on("pfam", "metamae", 180_000, 19_999);
const audioMnist = on("audio-mnist", "metamae", 24_000, 6_000);
const speechCommands = on("speech-commands", "reference", 105_829, 11_005);
const voxceleb = on("voxceleb1", "metamae", 145_265, 8_251);
const caption = on("mismatched-caption", "metamae", 117_266, 4_952);
const vqa = on("vqa", "metamae", 248_349, 121_512);
const fluent = (what: string) => on(`fluent-${what}`, "metamae", 26_250, 3_793);
const pictures = (variant: string) => ({
  aircraft: on("aircraft", variant, 6_667, 3_333),
  cifar10: on("cifar10", variant, 50_000, 10_000),
  cub200: on("cub200", variant, 5_994, 5_794),
  dtd: on("dtd", variant, 3_760, 1_880),
  signs: on("traffic-sign", variant, 31_367, 7_842),
  flowers: on("vgg-flowers", variant, 6_519, 1_670),
});
const [small, large] = [pictures("metamae"), pictures("dabs")];
const glue = (
  [
    ...[["cola", 8_551, 1_043], ["mnli-m", 392_702, 9_815], ["mnli-mm", 392_702, 9_832]],
    ...[["mrpc", 3_668, 408], ["qnli", 104_743, 5_463], ["qqp", 363_846, 40_430]],
    ...[["rte", 2_490, 277], ["sst2", 67_349, 872], ["stsb", 5_749, 1_500], ["wnli", 635, 71]],
  ] as const
).map(([task, train, test]) => on(`glue-${task}`, "dabs", Number(train), Number(test)));
const pawsX = ["en", "fr", "es", "de", "zh", "ja", "ko"].map((language) =>
  on(`paws-x-${language}`, "dabs", 49_401, 2_000)
);

const clean = (reason: string) => ({ beside: [{ variant: "clean", reason }] });
const cleanSpeech = clean("the published split has the test recordings in the training split");
const cleanSigns = clean("the published split has photos of one sign on both sides");
const cleanPatients = clean("the published split has pictures of one patient on both sides");
const withoutPadding = {
  beside: [{
    metric: "accuracy-without-padding",
    reason: "the published accuracy of MetaMAE counts padding as residues",
  }],
};
const starred = {
  notes: [
    "The starred numbers were obtained with pictures of 224x224 pixels (table dabs), the others " +
    "and ours with 32x32",
  ],
};
const twoModalities = {
  notes: [
    "MetaMAE's published code refuses two modalities: where the words go in masking and support is " +
    "our choice",
  ],
};

/** What differs from a table's usual row. */
type RowExtras = Partial<Pick<Recipe, "metric" | "beside" | "notes" | "columns" | "likeForLike">>;

/** A row; the metric is accuracy unless the extras say otherwise. */
type Row = readonly [
  row: string,
  pretrain: Source,
  evaluate: Evaluated | readonly Evaluated[],
  extras?: RowExtras,
];

/** Rows of a table that share methods and the place that states the settings of training. */
function tableOf(
  table: TableName,
  usual: Pick<Recipe, "columns" | "likeForLike">,
  setting: (value: number) => Setting,
  rows: readonly Row[],
): readonly Recipe[] {
  return rows.map(([row, [dataset, variant, batchSize, samples], evaluate, extras]): Recipe => ({
    table,
    row,
    metric: "accuracy",
    pretrain: {
      dataset,
      variant,
      ...(samples === undefined ? {} : { samples }),
      steps: setting(100_000),
      batchSize: setting(batchSize),
      learningRate: setting(1e-4),
      weightDecay: setting(1e-4),
    },
    evaluate: [evaluate].flat(),
    epochs: setting(100),
    ...usual,
    ...extras,
  }));
}

/** All recipes, in the order of {@linkcode tableNames}. */
export const recipes: readonly Recipe[] = [
  ...tableOf("in-domain", allMethods, metamaeCode, [
    ["EuroSAT", eurosat, eurosatProbe],
    ["Genomics", genomics, on("genomics", "metamae", 90_000, 9_999)],
    ["HIGGS", ["higgs", "metamae", 256, 8_910_000], on("higgs", "metamae", 990_000, 109_999), {
      notes: ["The published code of DABS cannot run its MAE on this data set"],
    }],
    ["LibriSpeech", librispeech, librispeechProbe],
    [
      ...["PAMAP2", ["pamap2", "metamae", 256, 50_000]] as const,
      ...[on("pamap2", "metamae", 50_000, 10_000), allMethodsPamap2] as const,
    ],
    ["Pfam", pfam, pfamProbe],
    [
      ...["WaferMap", ["wafer-map", "metamae", 128, 574_657]] as const,
      ...[on("wafer-map", "metamae", 155_655, 17_294), { metric: "weighted-f1" }] as const,
    ],
  ]),
  ...tableOf("cross-domain", allMethods, metamaeCode, [
    ["Aircraft", imagenet32, small.aircraft, starred],
    ["Audio MNIST", librispeech, audioMnist],
    ["CIFAR-10", imagenet32, small.cifar10, starred],
    ["CUB", imagenet32, small.cub200, starred],
    ["DTD", imagenet32, small.dtd, starred],
    ["Fluent Act", librispeech, fluent("action")],
    ["Fluent Loc", librispeech, fluent("location")],
    ["Fluent Obj", librispeech, fluent("object")],
    ["Fluorescence", pfam, on("fluorescence", "metamae", 21_446, 5_362), { metric: "spearman" }],
    ["Genomics-OOD", genomics, on("genomics-ood", "metamae", 540_000, 59_999)],
    ["SCOP", pfam, on("scop", "metamae", 12_312, 736)],
    [
      ...["Secondary Structure", pfam, on("secondary-structure", "metamae", 8_678, 2_170)] as const,
      withoutPadding,
    ],
    ["Google Speech", librispeech, speechCommands, cleanSpeech],
    ["Stability", pfam, on("stability", "metamae", 53_614, 2_512), { metric: "spearman" }],
    ["Traffic Sign", imagenet32, small.signs, { ...cleanSigns, ...starred }],
    ["VGG Flowers", imagenet32, small.flowers, starred],
    ["VoxCeleb1", librispeech, voxceleb],
  ]),
  ...tableOf("vision-language", allMethods, metamaeCode, [
    ["Mismatched-caption", mscoco, caption, twoModalities],
    ["VQA", mscoco, vqa, twoModalities],
  ]),
  ...tableOf("decoder-ablation", { columns: decoderDepths }, metamaeCode, [
    ["EuroSAT", eurosat, eurosatProbe],
    ["LibriSpeech", librispeech, librispeechProbe],
    ["Pfam", pfam, pfamProbe],
  ]),
  ...tableOf("dabs", { columns: dabsColumns }, dabsCode, [
    ["Aircraft", imagenet, large.aircraft],
    ["Audio MNIST", librispeech, audioMnist],
    ["ChestX-ray8", chexpert, on("chestx-ray8", "dabs", 100_908, 11_212), {
      metric: "auroc",
      ...cleanPatients,
    }],
    ["CheXpert", chexpert, on("chexpert", "dabs", 223_414, 234), { metric: "auroc" }],
    ["CIFAR10", imagenet, large.cifar10],
    ["CU Birds", imagenet, large.cub200],
    ["DTD", imagenet, large.dtd],
    ["Fluent Actions", librispeech, fluent("action")],
    ["Fluent Locations", librispeech, fluent("location")],
    ["Fluent Objects", librispeech, fluent("object")],
    ["GLUE (average)", ["wikitext103", "dabs", 128, 1_165_029], glue, { metric: "glue-average" }],
    ["LibriSpeech", librispeech, librispeechProbe],
    ["Mismatched Caption", mscoco, caption],
    ["PAMAP2", ["pamap2", "dabs", 256, 50_000], on("pamap2", "dabs", 50_000, 10_000)],
    ["PAWS-X (average)", ["mc4", "dabs", 128], pawsX],
    ["Google Speech Commands", librispeech, speechCommands, cleanSpeech],
    ["Traffic Sign", imagenet, large.signs],
    ["VGG Flowers", imagenet, large.flowers],
    ["VoxCeleb1", librispeech, voxceleb],
    ["VQA", mscoco, vqa],
  ]),
  ...tableOf("packaged", allMethods, likeTables, [
    ["MNIST", ["mnist", "packaged", 64, 8_000], on("mnist", "packaged", 8_000, 2_000), {
      notes: [
        "Nothing is published for these digits: they come with the program, so that there is " +
        "something to run without a download",
      ],
    }],
  ]),
];
