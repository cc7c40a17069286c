/**
 * Python pickles, read as data and nothing else.
 *
 * @module
 */

export { frameColumn, pandasGlobals } from "./pandas_frame.ts";
export { findRecalled, readPickle, readPickleStream } from "./pickle.ts";
