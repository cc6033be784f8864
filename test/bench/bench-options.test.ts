import { BENCH_GROUPS, parseBenchOptions } from './bench-options';

test('The benchmark measures every group at its documented size when nothing is asked for', () => {
  expect(parseBenchOptions([])).toEqual({ groups: BENCH_GROUPS, rows: 1_000_000, workspaces: 400 });
});

test('Named groups run alone and in the fixed order', () => {
  expect(parseBenchOptions(['synth', 'normalize', '--rows', '10'])).toEqual({
    groups: ['normalize', 'synth'],
    rows: 10,
    workspaces: 400,
  });
});

test('Asking for help measures nothing', () => {
  expect(parseBenchOptions(['normalize', '--help'])).toBe('help');
});

test.each([
  [['--row', '10'], /--row/],
  [['--rows', '1e'], /--rows: '1e' is no whole number above 0/],
  [['--rows', '0'], /--rows: '0'/],
  [['--rows', '1.5'], /--rows: '1.5'/],
  [['--workspaces', ''], /--workspaces: ''/],
  [['normalise'], /unknown group 'normalise'; allowed: normalize/],
])('The arguments %j are refused by name', (args, message) => {
  expect(() => parseBenchOptions(args)).toThrow(message);
});
