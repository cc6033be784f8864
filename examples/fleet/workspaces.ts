import { Schedule } from 'cdktf-audience-import';

import type { Fleet } from './fleet';

/** Every workspace that is imported. To add one, add a line; its plan shows new resources and nothing else. */
export const FLEET: Fleet = {
  stateBucket: 'ads-imports-terraform-state',
  defaults: {
    projectId: 'ads-imports',
    projectNumber: '123456789012',
    location: 'EU',
    buildServiceAccount: 'function-builder@ads-imports.iam.gserviceaccount.com',
    readers: ['serviceAccount:imports@ad-platform.iam.gserviceaccount.com'],
  },
  // The slowest MERGE of all decides when one is late.
  alerts: { mergeSchedule: Schedule.everyHours(6) },
  workspaces: {
    'acme-news': {},
    // Ten million members: a MERGE is billed for the whole state, so it runs less often.
    globex: { location: 'europe-west1', mergeSchedule: Schedule.everyHours(6) },
    // Small ones share a stack: one plan for all of them.
    'hooli-blog': { stack: 'small-workspaces' },
    'initech-blog': { stack: 'small-workspaces' },
  },
};
