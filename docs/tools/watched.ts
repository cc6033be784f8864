import { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config';
import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, TerraformStack, Testing } from 'cdktf';

import type { WatchedResources } from '../../lib/monitoring/watched';

/** A stack with the resources that alerts and dashboard watch. */
export function watchedStack(): { stack: TerraformStack; watched: WatchedResources } {
  const stack = new TerraformStack(Testing.stubVersion(new App({ stackTraces: false })), 'stack');
  new GoogleProvider(stack, 'google', {});
  const scheduledQuery = (id: string) =>
    new BigqueryDataTransferConfig(stack, id, {
      displayName: id,
      dataSourceId: 'scheduled_query',
      params: { query: 'SELECT 1' },
    });
  return {
    stack,
    watched: {
      projectId: 'ads-imports',
      location: 'EU',
      region: 'europe-west1',
      functionName: 'audience-acme-news-ingest-7e64b4c6',
      schedulerJobNames: ['acme-sweep', 'acme-health'],
      landingBucketName: 'acme-landing',
      stagingBucketName: 'acme-staging',
      coreDatasetId: 'acme_core',
      publishedDatasetId: 'acme_published',
      merge: scheduledQuery('merge'),
      purge: scheduledQuery('purge'),
    },
  };
}
