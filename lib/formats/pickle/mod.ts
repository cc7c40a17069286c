/**
 * Python pickles, read as data and nothing else.
 *
 * @module
 */

export { frameColumn, pandasGlobals } from "./pandas_frame.ts";
export { readPickle } from "./pickle.ts";
export { findRecalled, readPickleStream } from "./pickle.ts";
