import { erasureFaults } from '../erasure/erasure-faults';
import { fleetAlertsFaults, valueFaults } from './allowed-values';
import type { AudienceImportProps } from './audience-import-props';
import { contradictions } from './contradictions';
import { ERASURE_PROPS, SMALLEST_SETTINGS } from './erasure-props';
import { faultText, type PropsFault } from './fault-text';
import { resolveProps } from './resolved-props';

/** Shared by all copies of the package that a program may load. */
const INVALID_PROPS = Symbol.for('cdktf-audience-import/InvalidPropsError');

/** Everything that is wrong with the props of one construct. */
export class InvalidPropsError extends Error {
  /** Whether an error is one of this kind, from whichever copy of the package it comes. */
  static isInvalidPropsError(error: unknown): error is InvalidPropsError {
    return error instanceof Error && INVALID_PROPS in error;
  }

  readonly #faults: readonly PropsFault[];

  /** @param constructPath path of the construct, such as `stack/audiences`. */
  constructor(
    constructPath: string,
    faults: readonly PropsFault[],
    construct: 'AudienceImport' | 'FleetAlerts' = 'AudienceImport',
  ) {
    const count = faults.length === 1 ? '1 invalid prop' : `${faults.length} invalid props`;
    const list = faults.map((fault) => `  - ${faultText(fault)}`).join('\n');
    super(`${construct} "${constructPath}" has ${count}:\n${list}`);
    this.#faults = faults;
    // Node.js prints the enumerable fields of an uncaught error below its message.
    Object.defineProperties(this, {
      name: { value: 'InvalidPropsError' },
      [INVALID_PROPS]: { value: true },
    });
  }

  /** The faults of the message, as data. */
  get faults(): readonly PropsFault[] {
    return this.#faults;
  }
}

/**
 * Checks every prop and reports all faults at once: the provider accepts most wrong values when it plans, and
 * fails in the middle of an apply.
 *
 * @param props typed, but JavaScript callers may hand in anything.
 * @throws {InvalidPropsError}
 */
export function validateProps(constructPath: string, props: AudienceImportProps): void {
  const faults = propsFaults(props);
  if (faults.length > 0) throw new InvalidPropsError(constructPath, faults);
}

/** Checks the props of `FleetAlerts` in the same way. */
export function validateFleetAlertsProps(constructPath: string, props: unknown): void {
  const faults = fleetAlertsFaults(props).map(({ fault }) => fault);
  if (faults.length > 0) throw new InvalidPropsError(constructPath, faults, 'FleetAlerts');
}

/** Every fault of each prop alone, of props that contradict each other, and of the erasure sums. */
export function propsFaults(props: AudienceImportProps): PropsFault[] {
  const faults = valueFaults(props);
  const faulty = new Set(faults.map(({ path }) => path[0]));
  const isSound = (prop: string) => !faulty.has(prop);
  // There is no sum while one of its props is at fault.
  const hasSums = Object.values(ERASURE_PROPS).every(({ path }) => isSound(topLevel(path)));
  if (faulty.has(undefined)) return faults.map(({ fault }) => fault);
  return [
    ...faults.map(({ fault }) => fault),
    ...contradictions(props, isSound),
    ...(hasSums ? erasureFaults(resolveProps(props).erasure, SMALLEST_SETTINGS) : []),
  ];
}

function topLevel(path: string): string {
  return path.replace(/\..*/, '');
}
