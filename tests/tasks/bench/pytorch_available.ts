/**
 * Whether tests of the PyTorch side can run here: they are not registered where the `python3` of the
 * PATH has no PyTorch, since the project does not need it.
 *
 * @module
 */

import { answerOfAny, pythonNames } from "../../../tasks/bench/processes.ts";

const { value } = await answerOfAny<boolean>(pythonNames, [
  "-c",
  "import importlib.util, json; print(json.dumps(importlib.util.find_spec('torch') is not None))",
]);

/** True where Python finds PyTorch. */
export const pytorchAvailable: boolean = value === true;
