/**
 * Numbers for people.
 *
 * @module
 */

/** Seconds as `8s`, `2m05s`, `3h07m` or `4d02h`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const pad = (n: number) => String(n).padStart(2, "0");
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m${pad(s % 60)}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h${pad(Math.floor(s / 60) % 60)}m`;
  return `${Math.floor(s / 86400)}d${pad(Math.floor(s / 3600) % 24)}h`;
}

/** A count with thousands separated, and one decimal below ten if it is no whole number. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return "?";
  const digits = Number.isInteger(count) || count >= 10 ? 0 : 1;
  return count.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A loss with four decimals, or with an exponent where these say nothing. */
export function formatLoss(loss: number): string {
  return Number.isFinite(loss) && loss !== 0 && (Math.abs(loss) < 1e-3 || Math.abs(loss) >= 1e5)
    ? loss.toExponential(3)
    : loss.toFixed(4);
}

/** A size with a unit that people read: powers of 1024. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
