/**
 * Recordings: WAV and FLAC.
 *
 * @module
 */

export { longestAudioFile } from "./audio.ts";
export { readAudio } from "./read_audio.ts";
