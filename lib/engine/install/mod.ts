/**
 * Finding, installing and examining libtensorflow.
 *
 * @module
 */

export { type DoctorReport, examineMachine } from "./doctor.ts";
export { installEngine } from "./install.ts";
export { chooseBackend, findLibtensorflow } from "./locate.ts";
