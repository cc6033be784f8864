import { Testing } from 'cdktf';

import { Dashboard } from '../../../lib/monitoring/dashboard';
import { BUILT_IN_METRICS } from '../../../lib/monitoring/metrics';
import { filterFaults } from '../../support/stacks/monitoring-filter';
import { one, parsed } from '../../support/stacks/stacks';
import { watchedStack } from '../../../docs/tools/watched';

interface Tile {
  readonly xPos?: number;
  readonly yPos?: number;
  readonly width: number;
  readonly height: number;
  readonly widget: {
    readonly title: string;
    readonly xyChart?: {
      readonly dataSets: { readonly timeSeriesQuery: { timeSeriesFilter: { filter: string } } }[];
    };
    readonly logsPanel?: { readonly filter: string; readonly resourceNames: string[] };
    readonly text?: { readonly content: string };
  };
}

const { stack, watched } = watchedStack();
new Dashboard(stack, 'dashboard', { ...watched, workspace: 'acme ${news}' });
const dashboard = one(parsed(Testing.synth(stack, true)), 'google_monitoring_dashboard');
const json = JSON.parse(
  // What Terraform puts in the place of a config's id.
  (dashboard['dashboard_json'] as string).replaceAll(/\$\{element\(.*?\)\), 0\)\}/g, 'CONFIG'),
) as { displayName: string; mosaicLayout: { columns: number; tiles: Tile[] } };
const { tiles } = json.mosaicLayout;
const filters = tiles.flatMap(({ widget }) => [
  ...(widget.xyChart?.dataSets ?? []).map((set) => set.timeSeriesQuery.timeSeriesFilter.filter),
  ...(widget.logsPanel ? [widget.logsPanel.filter] : []),
]);

test('The dashboard shows freshness, throughput, rejects and cost', () => {
  const titles = tiles.map(({ widget }) => widget.title).join('\n');
  for (const subject of ['Freshness', 'Throughput', 'rejects', 'Cost']) {
    expect(titles).toContain(`${subject}:`);
  }
  expect(json.displayName).toBe('Audience import acme $${news}');
});

test('Every chart and panel works before anything has run', () => {
  expect(filters.length).toBeGreaterThanOrEqual(tiles.length - 1);
  expect(filters.flatMap(filterFaults)).toEqual([]);
});

test('All charts show this workspace only, except that of billed bytes, which says so', () => {
  const names = /CONFIG|audience-acme-news-ingest-7e64b4c6|acme-landing|acme-staging|acme_core/;
  const others = filters.filter((filter) => !names.test(filter));
  expect(others).toEqual([expect.stringContaining('scanned_bytes_billed')]);
  const [tile] = tiles.filter(({ widget }) =>
    JSON.stringify(widget.xyChart ?? '').includes('scanned_bytes_billed'),
  );
  expect(tile?.widget.title).toContain('the whole project');
});

test('A note names the figures that no chart can show', () => {
  const text = tiles.map(({ widget }) => widget.text?.content ?? '').join('');
  for (const figure of ['oldestWaitingSeconds', 'minutesSinceApply', 'rejectedShare']) {
    expect(text).toContain(figure);
    expect(filters.filter((filter) => filter.includes('metric.type')).join()).not.toContain(figure);
  }
});

test('The tiles fill the grid and do not overlap', () => {
  const cells = tiles.flatMap(({ xPos = 0, yPos = 0, width, height }) =>
    Array.from({ length: width * height }, (_, cell) => {
      const column = xPos + (cell % width);
      expect(column).toBeLessThan(json.mosaicLayout.columns);
      return `${column}/${yPos + Math.floor(cell / width)}`;
    }),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(cells.length % json.mosaicLayout.columns).toBe(0);
});

test('The dashboard uses every metric of the list', () => {
  const used = new Set(filters.map((filter) => /metric\.type="([^"]+)"/.exec(filter)?.[1]));
  expect([...used].filter(Boolean).sort()).toEqual(Object.keys(BUILT_IN_METRICS).sort());
});
