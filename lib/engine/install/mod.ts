/**
 * Finding, installing and examining libtensorflow.
 *
 * @module
 */

export { chooseBackend } from "./choose_backend.ts";
export { type DoctorReport, examineMachine } from "./doctor.ts";
export { installEngine } from "./install.ts";
export { findLibtensorflow } from "./locate.ts";
