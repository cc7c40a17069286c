/**
 * The supervised tasks of TAPE, as both references use them: trained on the training file, tested on
 * the validation file; TAPE's own test files are not read, so the scores cannot be compared with
 * TAPE's.
 *
 * @module
 */

import {
  checkAllFound,
  findRaw,
  formsOf,
  namedEntries,
  type NamedEntry,
  type RawForm,
} from "../../raw/mod.ts";
import { sampledRows } from "../../reference/mod.ts";
import type { TaskSpec } from "../../spec/mod.ts";
import { listParts, type StoreWriter } from "../../store/mod.ts";
import type { Dataset, DatasetShape, TokenizeContext } from "../dataset.ts";
import { proteinInput } from "./alphabet.ts";
import type { ProteinLabel } from "./labels.ts";
import { readProteins } from "./records.ts";

/** Where TAPE hands out its files. */
export const tapeSite = "http://s3.amazonaws.com/songlabdata/proteindata/data_raw_pytorch";

/** What TAPE asks to be cited beside each data set. */
export const tapeCitation =
  "R. Rao, N. Bhattacharya, N. Thomas, Y. Duan, X. Chen, J. Canny, P. Abbeel, Y. S. Song. " +
  "Evaluating protein transfer learning with TAPE. NeurIPS (2019)";

/** One task of TAPE. */
export interface TapeTask {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly licence: string;
  readonly citation: string;
  /** Name of the archive, of its folder and of its files, such as `fluorescence`. */
  readonly name: string;
  readonly task: TaskSpec;
  readonly label: ProteinLabel;
  /** Rows of the official files. */
  readonly officialRows: { readonly train: number; readonly valid: number };
  /** Batch size of a variant. */
  readonly batchSize: { readonly metamae: number; readonly dabs: number };
  /** What DABS does in another way. */
  readonly dabsDifference: string;
  /** Remarks for numbers made from the store. */
  readonly notes?: readonly string[];
}

const parts = ["train", "valid"] as const;
type Part = typeof parts[number];

/** Makes the data set of a task. */
export function tapeDataset(tape: TapeTask): Dataset {
  const { id, name, task, batchSize } = tape;
  const files = parts.map((part) => `${name}_${part}.json`);
  const archive: RawForm = { path: `${name}.tar.gz`, url: `${tapeSite}/${name}.tar.gz` };
  const forms = formsOf(archive, name, files);
  const shapeOf = (variant: string): DatasetShape => ({
    inputs: [proteinInput],
    task,
    defaults: { batchSize: variant === "dabs" ? batchSize.dabs : batchSize.metamae },
  });
  return {
    id,
    title: tape.title,
    domain: "proteins",
    role: "transfer",
    summary: tape.summary,
    licence: tape.licence,
    homepage: "https://github.com/songlab-cal/tape",
    citation: `${tape.citation} From: ${tapeCitation}`,
    files: [{ ...archive, alternatives: forms.slice(1).map(({ path }) => path) }],
    variants: [
      {
        name: "metamae",
        difference: "trained on the training file, tested on the validation file",
      },
      { name: "dabs", difference: tape.dabsDifference },
    ],

    shape: shapeOf,

    async tokenize(context, writer) {
      const found = await findRaw(id, context.raw, forms);
      writer.declare({
        ...shapeOf(context.variant),
        layout: "rows",
        columns: [{ dtype: "uint8" }],
      });
      const orders = new Map<string, Uint32Array<ArrayBuffer>>();
      for await (const entry of namedEntries(found, files)) {
        const part = parts[files.indexOf(entry.name)]!;
        orders.set(entry.name, await appendFile(tape, part, entry, context, writer));
      }
      checkAllFound(id, found, files, orders);
      listParts({ train: orders.get(files[0]!)!, test: orders.get(files[1]!)! }, context, writer);
      writer.note(
        `Trained on "${files[0]}" and tested on "${
          files[1]
        }", each in the order of RandomState(42)`,
      );
      for (const note of tape.notes ?? []) writer.note(note);
    },
  };
}

/** Appends the proteins of a file; gives their rows, shuffled as pandas does. */
async function appendFile(
  tape: TapeTask,
  part: Part,
  { name: file, path, chunks }: NamedEntry,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<Uint32Array<ArrayBuffer>> {
  const rows: number[] = [];
  for await (const records of readProteins(chunks(), path)) {
    for (const record of records) {
      rows.push(await writer.append([record.tokens], tape.label(record, path)));
    }
    context.progress(rows.length, tape.officialRows[part], `proteins of ${part}`);
  }
  const official = tape.officialRows[part];
  if (rows.length !== official) {
    const text = `"${file}" holds ${rows.length} proteins, the official file about ${official}`;
    context.warn(text);
    writer.note(text);
  }
  return sampledRows(Uint32Array.from(rows));
}
