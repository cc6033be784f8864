import type { Fault, Micros } from '../change';

/** 2000-01-01T00:00:00Z. No audience is as old; a zero, or a time in a wrong unit, reads as an earlier time. */
const EARLIEST: Micros = 946_684_800_000_000;

/** 2255-03-14: below it, microseconds are exact as a JavaScript number. */
const LATEST_BEFORE: Micros = 9e15;

/** Most digits of an epoch value in each unit, and by how many digits it is shifted to give microseconds. */
const EPOCH_UNITS = [
  { unit: 'seconds', digits: 11, shift: 6 },
  { unit: 'milliseconds', digits: 14, shift: 3 },
  { unit: 'microseconds', digits: 17, shift: 0 },
  { unit: 'nanoseconds', digits: 20, shift: -3 },
] as const;

const EPOCH = /^(-?)0*(\d+)(?:\.(\d+))?$/;

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;

/** ISO 8601, and what databases make of it. */
const DATE_AND_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?(?:([Zz]|UTC)|([+-])(\d\d)(?::?(\d\d))?))?$/;

/**
 * A time of change.
 *
 * Accepted: epoch seconds, milliseconds, microseconds or nanoseconds, as a number or as text, with or without a
 * fraction; and ISO 8601 with a zone. What is finer than a microsecond is cut. Dates that do not exist are
 * rejected, where `Date.parse` would move them to the next month.
 *
 * @param value a number that is a safe integer, or text; numbers that are neither come as they are written.
 * @example parseTimestamp('2020-07-08T02:16:14.23+02') // 1594167374230000
 */
export function parseTimestamp(value: unknown): Micros | Fault {
  if (typeof value === 'number') return parseEpoch(value);
  if (value === undefined || value === null) return { reason: 'timestamp_missing' };
  if (typeof value !== 'string') return { reason: 'timestamp_invalid' };
  const text = value.trim();
  if (text === '') return { reason: 'timestamp_missing' };
  const epoch = EPOCH.exec(text);
  if (epoch) return parseEpochText(epoch[1] === '-', epoch[2] ?? '', epoch[3] ?? '');
  if (DATE.test(text)) return { reason: 'timestamp_date_only' };
  const parts = DATE_AND_TIME.exec(text);
  return parts ? parseDateAndTime(parts) : { reason: 'timestamp_invalid' };
}

function parseEpoch(value: number): Micros | Fault {
  // Milliseconds, as mParticle delivers them, take the short way.
  if (value >= 1e11 && value < 1e14 && Number.isInteger(value)) return withinRange(value * 1e3);
  const epoch = EPOCH.exec(String(value));
  if (epoch) return parseEpochText(epoch[1] === '-', epoch[2] ?? '', epoch[3] ?? '');
  const isTooLarge = Number.isInteger(value) || !Number.isFinite(value);
  return { reason: isTooLarge ? 'timestamp_out_of_range' : 'timestamp_invalid' };
}

function parseEpochText(isNegative: boolean, integer: string, fraction: string): Micros | Fault {
  if (isNegative) return { reason: 'timestamp_before_2000' };
  const unit = EPOCH_UNITS.find(({ digits }) => integer.length <= digits);
  if (!unit) return { reason: 'timestamp_out_of_range' };
  const length = integer.length + unit.shift;
  return withinRange(Number((integer + fraction).slice(0, length).padEnd(length, '0')));
}

function parseDateAndTime(parts: RegExpExecArray): Micros | Fault {
  const [, year, month, day, hour, minute, second = '0', fraction = '', zulu, sign] = parts;
  const [zoneHour, zoneMinute] = [Number(parts[10] ?? 0), Number(parts[11] ?? 0)];
  if (Number(year) < 1999) return { reason: 'timestamp_before_2000' };
  const seconds = utcSeconds(year, month, day, hour, minute, second);
  if (seconds === undefined || zoneHour > 23 || zoneMinute > 59) {
    return { reason: 'timestamp_invalid' };
  }
  if (zulu === undefined && sign === undefined) return { reason: 'timestamp_without_zone' };
  const zoneSeconds = (zoneHour * 60 + zoneMinute) * 60;
  const utc = sign === '-' ? seconds + zoneSeconds : seconds - zoneSeconds;
  return withinRange(utc * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0')));
}

function withinRange(micros: Micros): Micros | Fault {
  if (micros < EARLIEST) return { reason: 'timestamp_before_2000' };
  return micros < LATEST_BEFORE ? micros : { reason: 'timestamp_out_of_range' };
}

/**
 * Seconds since 1970-01-01T00:00:00Z of a calendar date and time in UTC; `undefined` for one that does not
 * exist (30 February, 24:00, a leap second).
 *
 * @example utcSeconds('2020', '07', '08', '00', '16', '14') // 1594167374
 */
export function utcSeconds(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
): number | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const [h, min, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || min > 59 || s > 59 || y < 1000) return undefined;
  const date = new Date(Date.UTC(y, m - 1, d, h, min, s));
  return date.getUTCMonth() === m - 1 && date.getUTCDate() === d
    ? date.getTime() / 1000
    : undefined;
}

let cachedSecond = -1;
let cachedText = '';

/**
 * A time as ISO 8601 in UTC, always 27 characters.
 *
 * The text of the second is remembered: changes come in bursts, and `Date.toISOString` is ten times slower.
 *
 * @example formatTimestamp(1594167374230000) // '2020-07-08T00:16:14.230000Z'
 */
export function formatTimestamp(micros: Micros): string {
  const second = Math.floor(micros / 1e6);
  if (second !== cachedSecond) {
    cachedText = new Date(second * 1000).toISOString().slice(0, 19);
    cachedSecond = second;
  }
  return `${cachedText}.${String(micros - second * 1e6).padStart(6, '0')}Z`;
}
