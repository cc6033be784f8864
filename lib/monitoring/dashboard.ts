import { MonitoringDashboard } from '@cdktf/provider-google/lib/monitoring-dashboard';
import { Construct } from 'constructs';

import type { LogEvent } from '../../runtime/function/log';
import { literal } from '../workspace/terraform-text';
import { logFilter, type LogField } from './filters';
import {
  billedBytes,
  bucketBytes,
  bucketRequests,
  functionCallMillis,
  functionCalls,
  functionSeconds,
  loadedRows,
  tableBytes,
  transferRuns,
} from './metrics';
import type { WatchedResources } from './watched';
import {
  amounts,
  chart,
  counts,
  logsPanel,
  mosaic,
  note,
  percentile99,
  rate,
  type Widget,
} from './widgets';

export interface DashboardOptions extends WatchedResources {
  readonly workspace: string;
}

/** One workspace at a glance: freshness, throughput, rejects and cost, from built-in metrics and log lines. */
export class Dashboard extends Construct {
  /** The dashboard itself. */
  readonly dashboard: MonitoringDashboard;

  constructor(scope: Construct, id: string, options: DashboardOptions) {
    super(scope, id);
    this.dashboard = new MonitoringDashboard(this, 'dashboard', {
      project: options.projectId,
      dashboardJson: JSON.stringify({
        displayName: `Audience import ${literal(options.workspace)}`,
        mosaicLayout: mosaic([
          freshness(options),
          throughput(options),
          rejects(options),
          cost(options),
        ]),
      }),
    });
  }
}

function freshness({ projectId, functionName, merge, purge }: WatchedResources): Widget[] {
  return [
    chart(
      'Freshness: runs of MERGE and purge, by outcome',
      ...[merge, purge].map((config) =>
        counts(transferRuns(config), 'metric.label.completion_state'),
      ),
    ),
    logsPanel('Freshness: hourly health check', projectId, logFilter(functionName, 'health')),
    note('What is not charted', NOT_CHARTED),
  ];
}

function throughput({ landingBucketName, functionName }: WatchedResources): Widget[] {
  return [
    chart(
      'Throughput: requests to the landing bucket, by method',
      counts(bucketRequests(landingBucketName), 'metric.label.method'),
    ),
    chart(
      'Throughput: calls of the function, by class of status',
      counts(functionCalls(functionName), 'metric.label.response_code_class'),
    ),
    chart(
      'Throughput: duration of a call, ms (99th percentile)',
      percentile99(functionCallMillis(functionName)),
    ),
  ];
}

function rejects({ projectId, coreDatasetId, functionName }: WatchedResources): Widget[] {
  return [
    chart(
      'Throughput and rejects: rows loaded, by table',
      counts(loadedRows(coreDatasetId), 'metric.label.table'),
    ),
    logsPanel(
      'Rejects: sweeps that rejected lines',
      projectId,
      logFilter(functionName, 'sweep', ['rejected', '>', 0]),
    ),
    logsPanel('Rejects: parked objects', projectId, logFilter(functionName, 'object_parked')),
    logsPanel('Rejects: broken objects', projectId, logFilter(functionName, 'object_broken')),
  ];
}

function cost({
  coreDatasetId,
  functionName,
  landingBucketName,
  stagingBucketName,
}: WatchedResources): Widget[] {
  return [
    chart('Cost: instance time of the function, s per s', rate(functionSeconds(functionName))),
    chart(
      'Cost: bytes stored, by table and by bucket',
      amounts(tableBytes(coreDatasetId), 'metric.label.table'),
      ...[landingBucketName, stagingBucketName].map((bucketName) =>
        amounts(bucketBytes(bucketName), 'resource.label.bucket_name'),
      ),
    ),
    chart('Cost: bytes billed by BigQuery, the whole project', counts(billedBytes())),
  ];
}

/** The name of a field of a log line, in Markdown. */
function field<Event extends LogEvent>(_event: Event, name: LogField<Event>): string {
  return `\`${name}\``;
}

/** A chart of these figures needs a log-based metric, which does not exist before the first such line. */
const NOT_CHARTED = `Only log lines have these figures, and the panels show the lines:

- **age of the oldest waiting object**: ${field('sweep', 'oldestWaitingSeconds')} of \`sweep\` and \`health\`
- **freshness of state and purge**: ${field('health', 'minutesSinceApply')}, ${field('health', 'hoursSincePurge')} of \`health\`
- **rows that no run sees**: ${field('health', 'rowsWithoutIngestedAt')} of \`health\`
- **share of rejected lines, by reason**: ${field('sweep', 'rejectedShare')}, ${field('sweep', 'rejectedByReason')} of \`sweep\`

No built-in metric splits **bytes billed** by workspace, so that chart shows the whole project. Charts of BigQuery
may be hours late.`;
