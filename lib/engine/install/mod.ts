/**
 * Finding, installing and examining libtensorflow.
 *
 * @module
 */

export { type DoctorReport, examineMachine } from "./doctor.ts";
export type { EngineBuild, Platform } from "./engine_builds.ts";
export { installEngine, type InstallOptions, type InstallResult } from "./install.ts";
export {
  chooseBackend,
  findLibtensorflow,
  type FindOptions,
  type LibrarySource,
  libraryVariable,
  type Libtensorflow,
  type LibtensorflowSearch,
  type SearchedPlace,
} from "./locate.ts";
export type { InstallPlaces, PackageInstaller } from "./package_installers.ts";
