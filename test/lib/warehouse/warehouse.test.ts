import { TABLE_NAMES, VIEW_NAMES } from '../../../runtime/warehouse/tables';
import { VIEWS } from '../../../runtime/warehouse/views';
import { one, synthesized } from '../../support/stacks/stacks';

const stack = synthesized();

test.each(VIEW_NAMES)(
  'Terraform creates the view %s after the tables and views it reads',
  (name) => {
    const { depends_on } = one(stack, 'google_bigquery_table', `view-${name}_`);
    const dependencies = (depends_on as string[]).map(
      (address) => /_((?:table|view)-\w+)_[0-9A-F]{8}$/.exec(address)?.[1],
    );
    expect(dependencies.sort()).toEqual(
      [
        ...TABLE_NAMES.map((table) => `table-${table}`),
        ...VIEWS[name].reads.map((view) => `view-${view}`),
      ].sort(),
    );
  },
);
