import type { WatchedResources } from './watched';

/**
 * The names that the commands of the runbook use, as lines for a shell. Whoever is on call copies them from an alert.
 * Those of the scheduled queries are not among them: only an apply makes them known, and the text of every alert would be
 * unknown in a first plan.
 */
export function runbookNames(watched: WatchedResources): string {
  return Object.entries(namesOf(watched))
    .map(([variable, name]) => `export ${variable}=${name}`)
    .join('\n');
}

function namesOf(watched: WatchedResources): Readonly<Record<string, string>> {
  return {
    PROJECT: watched.projectId,
    // The Data Transfer Service writes locations in lower case.
    LOCATION: watched.location.toLowerCase(),
    REGION: watched.region,
    FUNCTION: watched.functionName,
    LANDING: watched.landingBucketName,
    STAGING: watched.stagingBucketName,
    CORE: watched.coreDatasetId,
    PUBLISHED: watched.publishedDatasetId,
  };
}
