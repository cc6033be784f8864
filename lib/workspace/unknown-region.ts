import { Annotations } from 'cdktf';
import type { Construct } from 'constructs';

import { closestName } from './closest';
import { KNOWN_LOCATIONS } from './location';

/**
 * Adds a warning for every location or region that Google was not known to have. It is no error, because Google
 * adds regions. A plan accepts any location, and only the apply fails.
 */
export function warnOfUnknownRegions(scope: Construct, locations: readonly string[]): void {
  for (const location of new Set(locations)) {
    if (KNOWN_LOCATIONS.includes(location)) continue;
    const meant = closestName(location, KNOWN_LOCATIONS);
    const question = meant === undefined ? '' : `; did you mean ${meant}?`;
    Annotations.of(scope).addWarning(
      `${location} is not among the locations that BigQuery had in November 2026${question}`,
    );
  }
}
