import { amounts, chart, counts, logsPanel, mosaic, note } from '../../../lib/monitoring/widgets';

const widget = (title: string) => note(title, 'text');

test('Widgets stand side by side, row below row, and zeros are left out', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(widget) as [
    ReturnType<typeof widget>,
    ReturnType<typeof widget>,
    ReturnType<typeof widget>,
  ];
  expect(mosaic([[a, b], [c]])).toEqual({
    columns: 12,
    tiles: [
      { width: 6, height: 4, widget: a },
      { xPos: 6, width: 6, height: 4, widget: b },
      { yPos: 4, width: 12, height: 4, widget: c },
    ],
  });
});

test('A chart without groups leaves the list of groups out', () => {
  const aggregation = (dataSet: ReturnType<typeof counts>) =>
    dataSet.timeSeriesQuery.timeSeriesFilter.aggregation;
  expect(aggregation(counts('f'))).toEqual({
    alignmentPeriod: '3600s',
    perSeriesAligner: 'ALIGN_SUM',
    crossSeriesReducer: 'REDUCE_SUM',
  });
  expect(aggregation(amounts('f', 'metric.label.table'))).toEqual({
    alignmentPeriod: '3600s',
    perSeriesAligner: 'ALIGN_MEAN',
    crossSeriesReducer: 'REDUCE_SUM',
    groupByFields: ['metric.label.table'],
  });
});

test('A chart shows all of its data sets, and a panel the lines of its project', () => {
  const dataSets = [counts('f'), amounts('g')];
  expect(chart('title', ...dataSets)).toEqual({ title: 'title', xyChart: { dataSets } });
  expect(logsPanel('title', 'ads-imports', 'f')).toEqual({
    title: 'title',
    logsPanel: { filter: 'f', resourceNames: ['projects/ads-imports'] },
  });
});
