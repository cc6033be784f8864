import { Token } from 'cdktf';

import type { ErasureFault } from '../erasure/erasure-faults';

/** One thing that is wrong with the props: data, of which {@link faultText} makes a sentence. */
export type PropsFault = ValueFault | UnknownPropFault | ErasureFault;

/** A prop has a value that is not allowed. */
export interface ValueFault {
  readonly code: 'value_not_allowed';
  /** Path of the prop, such as `readers.0`; `props` for the props as a whole. */
  readonly prop: string;
  /** The value as given; `undefined` if the prop is missing. */
  readonly got: unknown;
  /** What is allowed, in words. */
  readonly allowed: string;
}

/** There is no prop, or no threshold, of this name. */
export interface UnknownPropFault {
  readonly code: 'unknown_prop';
  /** Path of what was given, such as `alertThresholds.rejectedShares`. */
  readonly prop: string;
  /** The value as given. */
  readonly got: unknown;
  /** The names that there are, separated by commas. */
  readonly allowed: string;
}

/** Longest part of a given value that a message repeats, in UTF-16 code units. */
const SHOWN_VALUE_LENGTH = 80;

/** The fault as a sentence: one line, or one line for each step of an erasure sum. */
export function faultText(fault: PropsFault): string {
  const place = printable(fault.prop);
  switch (fault.code) {
    case 'value_not_allowed':
      return `${place}: got ${shown(fault.got)}; allowed: ${fault.allowed}`;
    case 'unknown_prop':
      return `${place}: no such prop; allowed: ${fault.allowed}`;
    case 'kept_too_long':
      return [
        `${place}: got ${fault.got} h; allowed: ${fault.allowed}`,
        ...[...fault.lines, { name: 'in all', hours: fault.got }].map(
          ({ name, hours }) => `      ${String(hours).padStart(5)} h  ${name}`,
        ),
      ].join('\n');
  }
}

/** A given value as a short, printable text. */
function shown(value: unknown): string {
  if (Token.isUnresolved(value)) return 'a token';
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  return printable(asJson(value) ?? `a ${typeof value}`);
}

/** `undefined` for what JSON cannot hold: functions, big integers, circles. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function printable(value: string): string {
  const cut = value.length > SHOWN_VALUE_LENGTH ? `${value.slice(0, SHOWN_VALUE_LENGTH)}…` : value;
  return cut.replaceAll(
    /\p{C}/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
