/**
 * Splits by speaker and class, and the exchange of captions, against recorded ones.
 *
 * @module
 */

import { groupedSplit, swapCaptions } from "../../lib/reference/splits.ts";
import { type CaseResult, type FixtureCase, numbersOf, tensorOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `splits`. */
export function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  const check = (name: string, actual: ArrayLike<number>) =>
    tally.compare(name, actual, numbersOf(fixture, name), "exact");

  const speakers = groupedSplit(numbersOf(fixture, "speaker/ids"), { order: "ascending" });
  check("speaker/train_indices", speakers.train);
  check("speaker/test_indices", speakers.test);

  const labels = numbersOf(fixture, "class/labels");
  const classes = groupedSplit(labels, { order: "appearance" });
  check("class/train_indices", classes.train);
  check("class/train_labels", Array.from(classes.train, (i) => labels[i]!));
  check("class/test_indices", classes.test);
  check("class/test_labels", Array.from(classes.test, (i) => labels[i]!));

  const captions = swapCaptions(tensorOf(fixture, "caption/label").shape[0]!);
  check("caption/source_index", captions.source);
  check("caption/label", captions.labels);
  return Promise.resolve(tally.result());
}
