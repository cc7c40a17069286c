/**
 * Words for shells: flags, and quoting, so that a command line that is printed can be pasted.
 *
 * @module
 */

/** Joins words to a command line for a POSIX shell. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** Quotes a word where a POSIX shell needs it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) && !word.startsWith("~")
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The flag of an option: `batchSize` is `--batch-size`. */
export function flagName(key: string): `--${string}` {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
