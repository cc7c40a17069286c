/**
 * Pfam: protein domains by their clan, from TAPE's lists of 34 million domains.
 *
 * All of the training list is for pretraining. The validation list is shuffled; its last 200,000 domains
 * are for transfer, cut 90/10 without a second shuffle. Classes are the clans of the training list in
 * ascending order, so that list has to be read even if only transfer is wanted.
 *
 * @module
 */

import {
  checkAllFound,
  findRaw,
  formsOf,
  type FoundRaw,
  namedEntries,
  type NamedEntry,
  type RawForm,
} from "../raw/mod.ts";
import { cutSplit, sampleOrder } from "../reference/mod.ts";
import { listParts, type StoreWriter } from "../store/mod.ts";
import { DataError } from "../util/mod.ts";
import type { Dataset, DatasetShape, TokenizeContext } from "./dataset.ts";
import { proteinInput } from "./proteins/alphabet.ts";
import { integerLabel } from "./proteins/labels.ts";
import { readProteins } from "./proteins/records.ts";
import { tapeCitation, tapeSite } from "./proteins/tape_dataset.ts";
import { transferDomains } from "./proteins/transfer_domains.ts";

const id = "pfam";
const officialClans = 623;
const trainFile = { name: "pfam_train.json", rows: 32_593_668 };
const validFile = { name: "pfam_valid.json", rows: 1_715_454 };
const files = [trainFile.name, validFile.name];

const archive: RawForm = { path: "pfam.tar.gz", url: `${tapeSite}/pfam.tar.gz` };
const forms = formsOf(archive, "pfam", files);
const clanLabel = integerLabel("clan");

const shape: DatasetShape = {
  inputs: [proteinInput],
  task: { kind: "single-label", classes: officialClans, metric: "accuracy" },
  defaults: { batchSize: 128 },
};

/** Pfam: 34 million protein domains of 623 clans. */
export const pfam: Dataset = {
  id,
  title: "Pfam",
  domain: "proteins",
  role: "both",
  summary: "34 million protein domains; 200,000 of them with one of 623 clans for transfer.",
  licence: "CC0 (Pfam); TAPE asks to cite the source",
  homepage: "https://github.com/songlab-cal/tape",
  citation:
    "S. El-Gebali et al. The Pfam protein families database in 2019. Nucleic Acids Research 47 " +
    `(2019). From: ${tapeCitation}`,
  files: [{ ...archive, alternatives: forms.slice(1).map(({ path }) => path) }],
  variants: [
    { name: "metamae", difference: "tested on the last floor((1 - 0.9) n) domains for transfer" },
    {
      name: "dabs",
      difference: "the same domains and one more for testing: the last floor(0.1 n)",
    },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    const found = await findRaw(id, context.raw, forms);
    writer.declare({ ...shape, layout: "rows", columns: [{ dtype: "uint8" }] });
    const { train, valid } = await appendLists(found, context, writer);
    for (const [{ name, rows }, list] of [[trainFile, train], [validFile, valid]] as const) {
      if (list.rows === rows) continue;
      const text = `"${name}" holds ${list.rows} domains, the official file ${rows}`;
      context.warn(text);
      writer.note(text);
    }

    const pretrain = rowsOf(train, sampleOrder(train.rows));
    const domains = transferDomains(valid.rows);
    checkClans(domains, valid);
    const protocol = context.variant === "dabs" ? "dabs" : "metamae";
    listParts({ pretrain, ...cutSplit(rowsOf(valid, domains), protocol) }, context, writer);
    writer.note(
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
  /** Clans that are not among the classes, by position in the list. */
  readonly unknownClans: ReadonlyMap<number, number>;
}

/**
 * Appends both lists. The training list comes first because it decides on the classes; an archive that
 * has them the other way round is passed over twice.
 */
async function appendLists(
  found: FoundRaw,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<{ readonly train: DomainList; readonly valid: DomainList }> {
  const clans = new Set<number>();
  let train: DomainList | undefined;
  let valid: DomainList | undefined;
  const seen = new Set<string>();
  while (valid === undefined) {
    for await (const entry of namedEntries(found, files)) {
      seen.add(entry.name);
      if (entry.name === trainFile.name) {
        train ??= await appendTraining(entry, clans, context, writer);
      } else if (train !== undefined) {
        valid = await appendValidation(entry, numberClans(clans, train.path), context, writer);
        break;
      }
    }
    checkAllFound(id, found, files, seen);
  }
  return { train: train!, valid };
}

/** Appends the domains of the training list without labels and collects their clans. */
async function appendTraining(
  { path, chunks }: NamedEntry,
  clans: Set<number>,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<DomainList> {
  let first = 0;
  let rows = 0;
  for await (const records of readProteins(chunks(), path)) {
    for (const record of records) {
      clans.add(clanLabel(record, path) as number);
      const row = await writer.append([record.tokens]);
      if (rows++ === 0) first = row;
    }
    context.progress(rows, trainFile.rows, "domains of the training list");
  }
  return { path, first, rows, unknownClans: new Map() };
}

/** Numbers the clans in ascending order. */
function numberClans(clans: ReadonlySet<number>, path: string): ReadonlyMap<number, number> {
  if (clans.size > officialClans) {
    throw new DataError(
      `Cannot read "${path}": it has ${clans.size} clans, at most ${officialClans} are wanted`,
    );
  }
  return new Map([...clans].sort((a, b) => a - b).map((clan, i) => [clan, i]));
}

/** Appends the domains of the validation list with their classes. */
async function appendValidation(
  { path, chunks }: NamedEntry,
  classes: ReadonlyMap<number, number>,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<DomainList> {
  const unknownClans = new Map<number, number>();
  let first = 0;
  let rows = 0;
  for await (const records of readProteins(chunks(), path)) {
    for (const record of records) {
      const clan = clanLabel(record, path) as number;
      const label = classes.get(clan);
      if (label === undefined) unknownClans.set(rows, clan);
      const row = await writer.append([record.tokens], label);
      if (rows++ === 0) first = row;
    }
    context.progress(rows, validFile.rows, "domains of the validation list");
  }
  return { path, first, rows, unknownClans };
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
function checkClans(domains: Uint32Array, { path, unknownClans }: DomainList): void {
  if (unknownClans.size === 0) return;
  const item = domains.find((position) => unknownClans.has(position));
  if (item === undefined) return;
  throw new DataError(
    `Cannot read "${path}": item ${item} has the clan ${unknownClans.get(item)}, which ` +
      `"${trainFile.name}" does not have`,
  );
}
