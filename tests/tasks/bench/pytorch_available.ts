/**
 * Whether tests of the PyTorch side can run here: they are not registered where the `python3` of the
 * PATH has no PyTorch, since the project does not need it.
 *
 * @module
 */

import { answerOfAny, pythonNames } from "../../../tasks/bench/processes.ts";

const { value } = await answerOfAny<readonly boolean[]>(pythonNames, [
  "-c",
  "import importlib.util as u, json\n" +
  "print(json.dumps([u.find_spec(name) is not None for name in ('torch', 'timm')]))",
]);

/** True where Python finds PyTorch. */
export const pytorchAvailable: boolean = value?.[0] === true;

/** True where it finds timm too, which the published classes need. */
export const timmAvailable: boolean = pytorchAvailable && value?.[1] === true;
