import { bigQueryDialect } from '../../../runtime/warehouse/dialect';
import { VIEW_NAMES, type ViewName } from '../../../runtime/warehouse/tables';
import { VIEWS, viewsInOrder } from '../../../runtime/warehouse/views';

const NAMES = { projectId: 'my-project', coreDataset: 'core', publishedDataset: 'published' };

test.each(VIEW_NAMES)('The view %s says which views its text reads, and no others', (name) => {
  const { select, reads } = VIEWS[name];
  const asked = new Set<ViewName>();
  const text = select({
    ...bigQueryDialect(NAMES),
    view: (read) => {
      asked.add(read);
      return bigQueryDialect(NAMES).view(read);
    },
  });
  expect([...reads].sort()).toEqual([...asked].sort());
  // A view that was named without the dialect would be missed above.
  expect(new Set([...text.matchAll(/\.published\.(\w+)/g)].map(([, read]) => read))).toEqual(asked);
});

test('The order of the views has each of them once, after all that it reads', () => {
  const order = viewsInOrder();
  expect([...order].sort()).toEqual([...VIEW_NAMES].sort());
  for (const name of order) {
    const before = order.slice(0, order.indexOf(name));
    expect(before).toEqual(expect.arrayContaining([...VIEWS[name].reads]));
  }
});
