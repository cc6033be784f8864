/*
 * How a dashboard is written. These are the parts of its format that we use:
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards
 *
 * The service does not send back zeros and empty lists, and the provider compares the JSON as it is. So we leave them
 * out, or every plan would show a change: https://github.com/hashicorp/terraform-provider-google/issues/24650
 */

export type Widget = { readonly title: string } & (
  | { readonly xyChart: { readonly dataSets: readonly DataSet[] } }
  | { readonly logsPanel: { readonly filter: string; readonly resourceNames: readonly string[] } }
  | { readonly text: { readonly format: 'MARKDOWN'; readonly content: string } }
);

/** What one chart shows of one metric. */
export interface DataSet {
  readonly plotType: 'LINE' | 'STACKED_BAR';
  readonly targetAxis: 'Y1';
  readonly timeSeriesQuery: {
    readonly timeSeriesFilter: { readonly filter: string; readonly aggregation: Aggregation };
  };
}

interface Aggregation {
  readonly alignmentPeriod: string;
  readonly perSeriesAligner: 'ALIGN_SUM' | 'ALIGN_DELTA' | 'ALIGN_MEAN' | 'ALIGN_RATE';
  readonly crossSeriesReducer: 'REDUCE_SUM' | 'REDUCE_PERCENTILE_99';
  /** Absent if all series become one. */
  readonly groupByFields?: readonly string[];
}

interface Tile {
  /** Column of the left edge; absent for 0. */
  readonly xPos?: number;
  /** Line of the upper edge; absent for 0. */
  readonly yPos?: number;
  readonly width: number;
  readonly height: number;
  readonly widget: Widget;
}

const COLUMNS = 12;
const TILE_HEIGHT = 4;

/** All values are aggregated by the hour. */
const PERIOD = '3600s';

/** A layout with the widgets of each row side by side. */
export function mosaic(rows: readonly (readonly Widget[])[]): {
  readonly columns: number;
  readonly tiles: readonly Tile[];
} {
  return { columns: COLUMNS, tiles: rows.flatMap((widgets, index) => row(widgets, index)) };
}

function row(widgets: readonly Widget[], index: number): Tile[] {
  const width = COLUMNS / widgets.length;
  return widgets.map((widget, column) => ({
    ...(column > 0 ? { xPos: column * width } : {}),
    ...(index > 0 ? { yPos: index * TILE_HEIGHT } : {}),
    width,
    height: TILE_HEIGHT,
    widget,
  }));
}

export function chart(title: string, ...dataSets: readonly DataSet[]): Widget {
  return { title, xyChart: { dataSets } };
}

/** A panel with the log lines of a project that match a filter. */
export function logsPanel(title: string, projectId: string, filter: string): Widget {
  return { title, logsPanel: { filter, resourceNames: [`projects/${projectId}`] } };
}

export function note(title: string, content: string): Widget {
  return { title, text: { format: 'MARKDOWN', content } };
}

/** Counts per hour, as bars. */
export function counts(filter: string, ...groupByFields: readonly string[]): DataSet {
  return dataSet('STACKED_BAR', filter, 'ALIGN_SUM', 'REDUCE_SUM', groupByFields);
}

/** The mean of an amount, as a line for each group. */
export function amounts(filter: string, ...groupByFields: readonly string[]): DataSet {
  return dataSet('LINE', filter, 'ALIGN_MEAN', 'REDUCE_SUM', groupByFields);
}

/** How much of something accrues per second, as a line. */
export function rate(filter: string): DataSet {
  return dataSet('LINE', filter, 'ALIGN_RATE', 'REDUCE_SUM');
}

/** The 99th percentile of a distribution, as a line. */
export function percentile99(filter: string): DataSet {
  return dataSet('LINE', filter, 'ALIGN_DELTA', 'REDUCE_PERCENTILE_99');
}

function dataSet(
  plotType: DataSet['plotType'],
  filter: string,
  perSeriesAligner: Aggregation['perSeriesAligner'],
  crossSeriesReducer: Aggregation['crossSeriesReducer'],
  groupByFields: readonly string[] = [],
): DataSet {
  const aggregation = {
    alignmentPeriod: PERIOD,
    perSeriesAligner,
    crossSeriesReducer,
    ...(groupByFields.length > 0 ? { groupByFields } : {}),
  };
  return {
    plotType,
    targetAxis: 'Y1',
    timeSeriesQuery: { timeSeriesFilter: { filter, aggregation } },
  };
}
