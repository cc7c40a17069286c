/**
 * Typed door to `@std/path`: the npm build that the import map names ships no types.
 *
 * @module
 */

import * as path from "@std/path";

/** Parts of a path. */
export interface ParsedPath {
  readonly root: string;
  readonly dir: string;
  readonly base: string;
  readonly ext: string;
  readonly name: string;
}

interface StdPath {
  readonly SEPARATOR: string;
  basename(path: string, suffix?: string): string;
  dirname(path: string): string;
  extname(path: string): string;
  fromFileUrl(url: string | URL): string;
  isAbsolute(path: string): boolean;
  join(...parts: readonly string[]): string;
  normalize(path: string): string;
  parse(path: string): ParsedPath;
  relative(from: string, to: string): string;
  resolve(...parts: readonly string[]): string;
  toFileUrl(path: string): URL;
}

const std: StdPath = path;

/** Separator of path parts on this system. */
export const SEPARATOR: string = std.SEPARATOR;

/** Last part of a path, without `suffix` if it ends so. */
export const basename: StdPath["basename"] = std.basename;

/** Path of the folder that holds a path. */
export const dirname: StdPath["dirname"] = std.dirname;

/** Extension with its dot, or an empty string. */
export const extname: StdPath["extname"] = std.extname;

/** Path of a `file:` address. */
export const fromFileUrl: StdPath["fromFileUrl"] = std.fromFileUrl;

/** Whether a path starts at a root. */
export const isAbsolute: StdPath["isAbsolute"] = std.isAbsolute;

/** Joins parts and normalizes the result. */
export const join: StdPath["join"] = std.join;

/** Resolves `.` and `..` parts and doubled separators. */
export const normalize: StdPath["normalize"] = std.normalize;

/** Parts of a path. */
export const parse: StdPath["parse"] = std.parse;

/** Path that leads from one path to another. */
export const relative: StdPath["relative"] = std.relative;

/** Absolute path; needs read permission for the working folder if no part is absolute. */
export const resolve: StdPath["resolve"] = std.resolve;

/** `file:` address of an absolute path. */
export const toFileUrl: StdPath["toFileUrl"] = std.toFileUrl;
