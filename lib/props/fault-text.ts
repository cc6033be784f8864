import { Token } from 'cdktf';

import type { BudgetLine } from '../erasure/erasure-budget';
import type { ErasureFault, SettingInSum } from '../erasure/erasure-faults';
import { pathOf } from './erasure-props';

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
  /** What was probably meant, or why the value is refused. */
  readonly hint?: string;
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
  /** What was probably meant. */
  readonly hint?: string;
}

/** Longest part of a given value that a message repeats, in UTF-16 code units. */
const SHOWN_VALUE_LENGTH = 80;

/** The fault as a sentence: one line, or one line for each step of an erasure sum. */
export function faultText(fault: PropsFault): string {
  const place = printable(fault.prop);
  const hint = 'hint' in fault ? [fault.hint] : [];
  switch (fault.code) {
    case 'value_not_allowed':
      return [`${place}: got ${shown(fault.got)}`, `allowed: ${fault.allowed}`, ...hint].join('; ');
    case 'unknown_prop':
      // All the names only help if none of them is close.
      return [`${place}: no such prop`, hint[0] ?? `allowed: ${fault.allowed}`].join('; ');
    case 'kept_too_long':
      return [
        `${place}: got ${fault.got} h; allowed: ${fault.allowed}`,
        ...fault.lines.map((line) => sumLine(line.hours, stepText(line, fault.settings))),
        sumLine(fault.got, 'in all'),
      ].join('\n');
  }
}

function sumLine(hours: number, text: string): string {
  return `      ${String(hours).padStart(5)} h  ${text}`;
}

/** A step of a sum with the props that decide it, each with its value and the largest one that would do. */
function stepText({ name, settings }: BudgetLine, inSum: readonly SettingInSum[]): string {
  const props = inSum
    .filter((setting) => settings.includes(setting.name))
    .map(({ name: setting, got, atMost }) => {
      const remedy = atMost === undefined ? 'lowering it is not enough' : `at most ${atMost}`;
      return `${pathOf(setting)} ${got} (${remedy})`;
    })
    .join(', ');
  if (props === '') return name;
  // A retention is a step of the name of its prop.
  return props.startsWith(name) ? props : `${name}: ${props}`;
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
