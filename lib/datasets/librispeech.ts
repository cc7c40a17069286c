/**
 * LibriSpeech: 960 hours of read English for pretraining, and the 40 speakers of its part dev-clean
 * to be told apart.
 *
 * Recordings come in the order of their names as text, part by part. The recordings of each
 * dev-clean speaker are shuffled and cut 80/20, so that training and test share chapters: the same
 * session.
 *
 * @module
 */

import type { FoundRaw, RawFile } from "../raw/mod.ts";
import { groupedSplit } from "../reference/mod.ts";
import type { Plan } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel, type Variant } from "./conversion/dataset.ts";
import { type Clip, speechConstants, speechDataset, speechShape } from "./families/speech.ts";

const speakers = 40;
const site = "https://www.openslr.org/resources/12";

interface Part {
  readonly name: string;
  readonly recordings: number;
  readonly file: RawFile;
}

const part = (name: string, recordings: number, bytes: number, sha256: string): Part => ({
  name,
  recordings,
  file: {
    path: `${name}.tar.gz`,
    url: `${site}/${name}.tar.gz`,
    bytes,
    sha256,
    alternatives: [`LibriSpeech/${name}`, name],
  },
});

const clean100 = part(
  "train-clean-100",
  28_539,
  6_387_309_499,
  "d4ddd1d5a6ab303066f14971d768ee43278a5f2a0aa43dc716b0e64ecbbbf6e2",
);
const devClean = part(
  "dev-clean",
  2_703,
  337_926_286,
  "76f87d090650617fca0cac8f88b9416e0ebf80350acb97b343a85fa903728ab3",
);
const trainParts = [
  clean100,
  part(
    "train-clean-360",
    104_014,
    23_049_477_885,
    "146a56496217e96c14334a160df97fffedd6e0a04e66b9c5af0d40be3c792ecf",
  ),
  part(
    "train-other-500",
    148_688,
    30_593_501_606,
    "ddb22f27f96ec163645d53215559df6aa36515f26e01dd70798188350adcb6d2",
  ),
];

const shape = speechShape(singleLabel(speakers));

interface LibriVariant extends Variant {
  /** Parts for pretraining. */
  readonly pretrain: readonly Part[];
  /** Whether all of dev-clean is the validation split as well. */
  readonly validation?: boolean;
}

/** LibriSpeech. */
export const librispeech: Dataset = speechDataset<LibriVariant>({
  id: "librispeech",
  title: "LibriSpeech",
  role: "both",
  summary: "960 hours of read English at 16 kHz, and 40 speakers to be told apart.",
  licence: "CC BY 4.0",
  homepage: "https://www.openslr.org/12",
  citation:
    "V. Panayotov, G. Chen, D. Povey, S. Khudanpur. Librispeech: an ASR corpus based on public " +
    "domain audio books. ICASSP (2015)",
  files: [devClean, ...trainParts].map(({ file }) => file),
  variants: [
    {
      name: "metamae",
      difference: "pretraining on 960 hours; speakers of dev-clean cut 80/20",
      shape,
      pretrain: trainParts,
    },
    {
      name: "dabs",
      difference: "the same, with all of dev-clean as validation split as well",
      shape,
      pretrain: trainParts,
      validation: true,
    },
    {
      name: "clean-100",
      difference: "pretraining on train-clean-100 alone (not published)",
      shape,
      pretrain: [clean100],
    },
    {
      name: "speakers",
      difference: "dev-clean alone, which is then the pretraining data too",
      shape,
      pretrain: [],
    },
  ],
  constants: speechConstants.LibriSpeech,
  async find(run) {
    const found: FoundRaw[] = [];
    for (const { file } of [devClean, ...run.variant.pretrain]) found.push(await run.locate(file));
    return found;
  },
  keyOf,
  plan: ({ keys }, { variant }) => plan(keys, variant),
});

/** Part, speaker and recording, such as `dev-clean/84/84-121123-0000`. */
function keyOf(path: string): string | undefined {
  const match = /(?:^|\/)([a-z]+-[a-z]+(?:-\d+)?)\/(\d+)\/(\d+)\/(\2-\3-\d+)\.flac$/.exec(path);
  return match === null ? undefined : `${match[1]}/${match[2]}/${match[4]}`;
}

function plan(
  keys: readonly string[],
  { pretrain: others, validation = false }: LibriVariant,
): Plan<Clip> {
  const recordingsOf = ({ name }: Part) => keys.filter((key) => key.startsWith(`${name}/`)).sort();
  const all = recordingsOf(devClean);
  const speakerOf = all.map((key) => Number(key.split("/")[1]));
  const ranks = new Map([...new Set(speakerOf)].sort((a, b) => a - b).map((n, i) => [n, i]));
  const clip = (position: number): Clip => ({
    key: all[position]!,
    label: ranks.get(speakerOf[position]!)!,
  });
  const { train, test } = groupedSplit(speakerOf, { order: "ascending" });
  const pretrain = others.flatMap(recordingsOf).map((key): Clip => ({ key }));
  return {
    splits: {
      ...(others.length === 0 ? {} : { pretrain }),
      train: Array.from(train, clip),
      ...(validation ? { validation: all.map((_, position) => clip(position)) } : {}),
      test: Array.from(test, clip),
    },
    counts: [
      { what: "speakers in dev-clean", found: ranks.size, official: speakers },
      ...[devClean, ...others].map((part) => ({
        what: `recordings in ${part.name}`,
        found: recordingsOf(part).length,
        official: part.recordings,
      })),
    ],
  };
}
