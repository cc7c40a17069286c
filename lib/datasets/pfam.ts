/**
 * Pfam: protein domains by their clan, from TAPE's lists of 34 million domains.
 *
 * All of the training list is for pretraining. The validation list is shuffled; its last 200,000
 * domains are for transfer, cut 90/10 without a second shuffle. Classes are the clans of the
 * training list in ascending order, so that list has to be read even if only transfer is wanted.
 *
 * @module
 */

import { checkAllFound, type FoundRaw, namedEntries, type NamedEntry } from "../raw/mod.ts";
import { cutSplit, sampleOrder } from "../reference/mod.ts";
import { listParts } from "../store/mod.ts";
import { unreadable } from "../util/mod.ts";
import {
  type Conversion,
  type CutDataset,
  cutVariants,
  singleLabel,
} from "./conversion/dataset.ts";
import {
  integerLabel,
  proteinShape,
  readProteins,
  tapeArchive,
  tapeCitation,
  tapeHomepage,
} from "./families/proteins.ts";

const officialClans = 623;
const trainFile = { name: "pfam_train.json", rows: 32_593_668 };
const validFile = { name: "pfam_valid.json", rows: 1_715_454 };
const files = [trainFile.name, validFile.name];
const archive = tapeArchive("pfam", files);
const clanLabel = integerLabel("clan");

/** Pfam: 34 million protein domains of 623 clans. */
export const pfam: CutDataset = {
  id: "pfam",
  title: "Pfam",
  domain: "proteins",
  role: "both",
  summary: "34 million protein domains; 200,000 of them with one of 623 clans for transfer.",
  licence: "CC0 (Pfam); TAPE asks to cite the source",
  homepage: tapeHomepage,
  citation:
    "S. El-Gebali et al. The Pfam protein families database in 2019. Nucleic Acids Research 47 " +
    `(2019). From: ${tapeCitation}`,
  files: [archive],
  variants: cutVariants(proteinShape(singleLabel(officialClans)), {
    metamae: "tested on the last floor((1 - 0.9) n) domains for transfer",
    dabs: "the same domains and one more for testing: the last floor(0.1 n)",
  }),

  async convert(run) {
    const found = await run.locate(archive);
    run.declare([{ dtype: "uint8" }]);
    const { train, valid, unknownClans } = await appendLists(found, run);
    for (const [{ name, rows }, list] of [[trainFile, train], [validFile, valid]] as const) {
      run.expect(
        list.rows,
        rows,
        `"${name}" holds ${list.rows} domains, the official file ${rows}`,
      );
    }

    const pretrain = rowsOf(train, sampleOrder(train.rows));
    const domains = transferDomains(valid.rows);
    checkClans(domains, valid.path, unknownClans);
    const transfer = cutSplit(rowsOf(valid, domains), run.variant.protocol);
    listParts({ pretrain, ...transfer }, run, run.writer);
    run.writer.note(
      `Pretraining: "${trainFile.name}" in the order of RandomState(42). Transfer: the last ` +
        `${domains.length} of "${validFile.name}" in that order, cut 90/10`,
    );
  },
};

/** Rows of one list, which follow each other in the store. */
interface DomainList {
  /** Where it is, for messages. */
  readonly path: string;
  readonly first: number;
  readonly rows: number;
}

/** The lists of an archive. */
interface DomainLists {
  readonly train: DomainList;
  readonly valid: DomainList;
  /** Clans that are not among the classes, by position in the validation list. */
  readonly unknownClans: ReadonlyMap<number, number>;
}

/**
 * Appends both lists. The training list comes first because it decides on the classes; an archive
 * that has them the other way round is passed over twice.
 */
async function appendLists(found: FoundRaw, run: Conversion): Promise<DomainLists> {
  const clans = new Set<number>();
  const unknownClans = new Map<number, number>();
  let train: DomainList | undefined;
  let valid: DomainList | undefined;
  const seen = new Set<string>();
  while (valid === undefined) {
    for await (const entry of namedEntries(found, files)) {
      seen.add(entry.name);
      if (entry.name === trainFile.name) {
        train ??= await appendList(entry, "training", (clan) => void clans.add(clan), run);
      } else if (train !== undefined) {
        const classes = numberClans(clans, train.path);
        valid = await appendList(entry, "validation", (clan, position) => {
          const label = classes.get(clan);
          if (label === undefined) unknownClans.set(position, clan);
          return label;
        }, run);
        break;
      }
    }
    checkAllFound(run.id, found, files, seen);
  }
  return { train: train!, valid, unknownClans };
}

/** Appends the domains of a list with the labels of their clans, as far as they have any. */
async function appendList(
  { path, chunks }: NamedEntry,
  what: "training" | "validation",
  labelOf: (clan: number, position: number) => number | undefined,
  run: Conversion,
): Promise<DomainList> {
  const official = what === "training" ? trainFile.rows : validFile.rows;
  let first = 0;
  let rows = 0;
  for await (const records of readProteins(chunks(), path)) {
    for (const record of records) {
      const label = labelOf(clanLabel(record, path) as number, rows);
      const row = await run.writer.append([record.tokens], label);
      if (rows++ === 0) first = row;
    }
    run.progress(rows, official, `domains of the ${what} list`);
  }
  return { path, first, rows };
}

/** Numbers the clans in ascending order. */
function numberClans(clans: ReadonlySet<number>, path: string): ReadonlyMap<number, number> {
  if (clans.size > officialClans) {
    throw unreadable(path, `it has ${clans.size} clans, at most ${officialClans} are wanted`);
  }
  return new Map([...clans].sort((a, b) => a - b).map((clan, i) => [clan, i]));
}

/** The rows of some domains of a list, in place of their positions. */
function rowsOf(
  { first }: DomainList,
  positions: Uint32Array<ArrayBuffer>,
): Uint32Array<ArrayBuffer> {
  for (let k = 0; k < positions.length; k++) positions[k]! += first;
  return positions;
}

/** Refuses clans for transfer that the training list does not have. */
function checkClans(
  domains: Uint32Array,
  path: string,
  unknownClans: DomainLists["unknownClans"],
): void {
  if (unknownClans.size === 0) return;
  const item = domains.find((position) => unknownClans.has(position));
  if (item === undefined) return;
  throw unreadable(
    path,
    `item ${item} has the clan ${unknownClans.get(item)}, which "${trainFile.name}" does not have`,
  );
}

const transferRows = 200_000;

/**
 * Positions in the validation list: the last 200,000 after pandas' shuffle, or all of a shorter
 * list.
 *
 * @param domains Length of the list.
 */
export function transferDomains(domains: number): Uint32Array<ArrayBuffer> {
  return sampleOrder(domains).slice(Math.max(0, domains - transferRows));
}
