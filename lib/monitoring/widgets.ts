/*
 * How a dashboard is written. These are the parts of its format that we use:
 * https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards
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
  readonly groupByFields: readonly string[];
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
    xPos: column * width,
    yPos: index * TILE_HEIGHT,
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
  return dataSet('STACKED_BAR', filter, {
    alignmentPeriod: PERIOD,
    perSeriesAligner: 'ALIGN_SUM',
    crossSeriesReducer: 'REDUCE_SUM',
    groupByFields,
  });
}

/** The mean of an amount, as a line for each group. */
export function amounts(filter: string, ...groupByFields: readonly string[]): DataSet {
  return line(filter, 'ALIGN_MEAN', 'REDUCE_SUM', groupByFields);
}

/** How much of something accrues per second, as a line. */
export function rate(filter: string): DataSet {
  return line(filter, 'ALIGN_RATE', 'REDUCE_SUM');
}

/** The 99th percentile of a distribution, as a line. */
export function percentile99(filter: string): DataSet {
  return line(filter, 'ALIGN_DELTA', 'REDUCE_PERCENTILE_99');
}

function line(
  filter: string,
  perSeriesAligner: Aggregation['perSeriesAligner'],
  crossSeriesReducer: Aggregation['crossSeriesReducer'],
  groupByFields: readonly string[] = [],
): DataSet {
  return dataSet('LINE', filter, {
    alignmentPeriod: PERIOD,
    perSeriesAligner,
    crossSeriesReducer,
    groupByFields,
  });
}

function dataSet(plotType: DataSet['plotType'], filter: string, aggregation: Aggregation): DataSet {
  return {
    plotType,
    targetAxis: 'Y1',
    timeSeriesQuery: { timeSeriesFilter: { filter, aggregation } },
  };
}
