import { MonitoringDashboard } from '@cdktf/provider-google/lib/monitoring-dashboard';
import { Construct } from 'constructs';

import type { WatchedResources } from './alert-definitions';
import { literal } from '../workspace/terraform-text';
import { logFilter, metricFilter, transferConfigId } from './filters';

export interface DashboardOptions extends Omit<WatchedResources, 'schedulerJobNames'> {
  readonly workspace: string;
  readonly landingBucketName: string;
  readonly stagingBucketName: string;
  readonly coreDatasetId: string;
}

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards: what is used here of a widget. */
type Widget = { readonly title: string } & (
  | { readonly xyChart: { readonly dataSets: readonly DataSet[] } }
  | { readonly logsPanel: { readonly filter: string; readonly resourceNames: readonly string[] } }
  | { readonly text: { readonly format: 'MARKDOWN'; readonly content: string } }
);

interface DataSet {
  readonly plotType: 'LINE' | 'STACKED_BAR';
  readonly targetAxis: 'Y1';
  readonly timeSeriesQuery: {
    readonly timeSeriesFilter: {
      readonly filter: string;
      readonly aggregation: {
        readonly alignmentPeriod: string;
        readonly perSeriesAligner: string;
        readonly crossSeriesReducer: string;
        readonly groupByFields: readonly string[];
      };
    };
  };
}

interface Tile {
  readonly xPos: number;
  readonly yPos: number;
  readonly width: number;
  readonly height: number;
  readonly widget: Widget;
}

const COLUMNS = 12;
const TILE_HEIGHT = 4;

/**
 * What is measured only in log lines: a chart of it takes a log-based metric, which is one of our own and has no
 * value before the first line. The panels below show the lines, with the numbers in them.
 */
const NOT_CHARTED = `Only log lines have these figures; the panels show the lines:

- **age of the oldest waiting object**: \`oldestWaitingSeconds\` of \`sweep\` and \`health\`
- **freshness of state and purge**: \`minutesSinceApply\`, \`hoursSincePurge\` of \`health\`
- **share of rejected lines, by reason**: \`rejectedShare\`, \`rejectedByReason\` of \`sweep\`

No built-in metric splits **bytes billed** by workspace: that chart is of the whole project. Charts of BigQuery
may be hours late.`;

/** One workspace at a glance: freshness, throughput, rejects, cost. Built-in metrics and log lines only. */
export class Dashboard extends Construct {
  readonly dashboard: MonitoringDashboard;

  constructor(
    scope: Construct,
    id: string,
    private readonly options: DashboardOptions,
  ) {
    super(scope, id);
    this.dashboard = new MonitoringDashboard(this, 'dashboard', {
      project: options.projectId,
      dashboardJson: JSON.stringify({
        displayName: `Audience import ${literal(options.workspace)}`,
        mosaicLayout: {
          columns: COLUMNS,
          tiles: [
            ...row(0, this.freshness()),
            ...row(1, this.throughput()),
            ...row(2, this.rejects()),
            ...row(3, this.cost()),
          ],
        },
      }),
    });
  }

  private freshness(): Widget[] {
    const { merge, purge } = this.options;
    return [
      {
        title: 'Freshness: runs of MERGE and purge, by outcome',
        xyChart: {
          dataSets: [merge, purge].map((config) =>
            bars(
              metricFilter(
                'bigquerydatatransfer.googleapis.com/transfer_config/completed_runs',
                `resource.labels.config_id="${transferConfigId(config)}"`,
              ),
              'metric.label.completion_state',
            ),
          ),
        },
      },
      this.logs('Freshness: hourly health check', logFilter(this.options.functionName, 'health')),
      { title: 'What is not charted', text: { format: 'MARKDOWN', content: NOT_CHARTED } },
    ];
  }

  private throughput(): Widget[] {
    const { landingBucketName } = this.options;
    return [
      {
        title: 'Throughput: requests to the landing bucket, by method',
        xyChart: {
          dataSets: [
            bars(
              metricFilter(
                'storage.googleapis.com/api/request_count',
                `resource.labels.bucket_name="${landingBucketName}"`,
              ),
              'metric.label.method',
            ),
          ],
        },
      },
      {
        title: 'Throughput: calls of the function, by answer',
        xyChart: {
          dataSets: [
            bars(
              metricFilter('run.googleapis.com/request_count', this.service()),
              'metric.label.response_code_class',
            ),
          ],
        },
      },
      {
        title: 'Throughput: length of a call, ms (99th percentile)',
        xyChart: {
          dataSets: [
            line(
              metricFilter('run.googleapis.com/request_latencies', this.service()),
              'ALIGN_DELTA',
              'REDUCE_PERCENTILE_99',
            ),
          ],
        },
      },
    ];
  }

  private rejects(): Widget[] {
    const { coreDatasetId, functionName } = this.options;
    return [
      {
        title: 'Throughput and rejects: rows loaded, by table',
        xyChart: {
          dataSets: [
            bars(
              metricFilter(
                'bigquery.googleapis.com/storage/uploaded_row_count',
                `resource.labels.dataset_id="${coreDatasetId}"`,
              ),
              'metric.label.table',
            ),
          ],
        },
      },
      this.logs(
        'Rejects: sweeps that rejected lines',
        logFilter(functionName, 'sweep', ['rejected', '>', 0]),
      ),
      this.logs('Rejects: parked objects', logFilter(functionName, 'object_parked')),
    ];
  }

  private cost(): Widget[] {
    const { coreDatasetId, landingBucketName, stagingBucketName } = this.options;
    return [
      {
        title: 'Cost: instance time of the function, s per s',
        xyChart: {
          dataSets: [
            line(
              metricFilter('run.googleapis.com/container/billable_instance_time', this.service()),
              'ALIGN_RATE',
              'REDUCE_SUM',
            ),
          ],
        },
      },
      {
        title: 'Cost: bytes stored, by table and by bucket',
        xyChart: {
          dataSets: [
            line(
              metricFilter(
                'bigquery.googleapis.com/storage/stored_bytes',
                `resource.labels.dataset_id="${coreDatasetId}"`,
              ),
              'ALIGN_MEAN',
              'REDUCE_SUM',
              'metric.label.table',
            ),
            ...[landingBucketName, stagingBucketName].map((bucket) =>
              line(
                metricFilter(
                  'storage.googleapis.com/storage/total_bytes',
                  `resource.labels.bucket_name="${bucket}"`,
                ),
                'ALIGN_MEAN',
                'REDUCE_SUM',
                'resource.label.bucket_name',
              ),
            ),
          ],
        },
      },
      {
        title: 'Cost: bytes billed by BigQuery, the whole project',
        xyChart: {
          dataSets: [bars(metricFilter('bigquery.googleapis.com/query/scanned_bytes_billed'))],
        },
      },
    ];
  }

  private service(): string {
    return `resource.labels.service_name="${this.options.functionName}"`;
  }

  private logs(title: string, filter: string): Widget {
    return {
      title,
      logsPanel: { filter, resourceNames: [`projects/${this.options.projectId}`] },
    };
  }
}

/** The widgets of one row, side by side. */
function row(index: number, widgets: readonly Widget[]): Tile[] {
  const width = COLUMNS / widgets.length;
  return widgets.map((widget, place) => ({
    xPos: place * width,
    yPos: index * TILE_HEIGHT,
    width,
    height: TILE_HEIGHT,
    widget,
  }));
}

/** Counts of an hour. */
function bars(filter: string, ...groupByFields: string[]): DataSet {
  return dataSet('STACKED_BAR', filter, 'ALIGN_SUM', 'REDUCE_SUM', groupByFields);
}

function line(
  filter: string,
  perSeriesAligner: 'ALIGN_DELTA' | 'ALIGN_MEAN' | 'ALIGN_RATE',
  crossSeriesReducer: 'REDUCE_PERCENTILE_99' | 'REDUCE_SUM',
  ...groupByFields: string[]
): DataSet {
  return dataSet('LINE', filter, perSeriesAligner, crossSeriesReducer, groupByFields);
}

function dataSet(
  plotType: DataSet['plotType'],
  filter: string,
  perSeriesAligner: string,
  crossSeriesReducer: string,
  groupByFields: readonly string[],
): DataSet {
  return {
    plotType,
    targetAxis: 'Y1',
    timeSeriesQuery: {
      timeSeriesFilter: {
        filter,
        aggregation: {
          alignmentPeriod: '3600s',
          perSeriesAligner,
          crossSeriesReducer,
          groupByFields,
        },
      },
    },
  };
}
