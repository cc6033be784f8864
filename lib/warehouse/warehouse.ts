import { BigqueryDataset } from '@cdktf/provider-google/lib/bigquery-dataset';
import { BigqueryDatasetAccessA } from '@cdktf/provider-google/lib/bigquery-dataset-access';
import { BigqueryDatasetIamMember } from '@cdktf/provider-google/lib/bigquery-dataset-iam-member';
import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table';
import { Token, type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { bigQueryDialect, type DatasetNames } from '../../runtime/warehouse/dialect';
import { schemaJson } from '../../runtime/warehouse/schema';
import {
  TABLE_NAMES,
  TABLES,
  VIEW_NAMES,
  type Table,
  type TableName,
  type ViewName,
} from '../../runtime/warehouse/tables';
import { VIEWS } from '../../runtime/warehouse/views';
import type { ResolvedProps } from '../props/audience-import-props';
import { stableTag } from '../workspace/names';

/** The least that BigQuery allows: what is deleted can be read back for two days. */
export const TIME_TRAVEL_HOURS = 48;

/**
 * Partitions expire a day after the purge should have deleted them. It is the backstop of the purge, not the
 * purge: BigQuery may take days to delete an expired partition.
 */
const EXPIRY_SLACK_HOURS = 24;

export interface WarehouseOptions {
  readonly names: DatasetNames;
  readonly props: ResolvedProps;
  /** `serviceAccount:…` of the account that runs the MERGE. */
  readonly mergeMember: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether a plan may destroy or replace what holds data. */
  readonly destroyable: boolean;
}

/** The private core dataset with its tables, and the published dataset with the views that readers see. */
export class Warehouse extends Construct {
  readonly core: BigqueryDataset;
  readonly published: BigqueryDataset;
  readonly tables: Readonly<Record<TableName, BigqueryTable>>;
  readonly views: Readonly<Record<ViewName, BigqueryTable>>;
  readonly mergeGrant: BigqueryDatasetIamMember;
  readonly viewAuthorization: BigqueryDatasetAccessA;
  readonly readerGrants: readonly BigqueryDatasetIamMember[];

  constructor(
    scope: Construct,
    id: string,
    private readonly options: WarehouseOptions,
  ) {
    super(scope, id);
    const { names } = options;
    this.core = this.dataset('core', names.coreDataset, 'Membership changes and state; private.');
    this.published = this.dataset(
      'published',
      names.publishedDataset,
      'What readers see: views, and nothing else.',
    );
    this.tables = recordOf(TABLE_NAMES, (name) => this.table(name));
    this.views = this.viewsInOrder();
    this.mergeGrant = new BigqueryDatasetIamMember(this, 'merge-edits-core', {
      project: options.props.projectId,
      datasetId: this.core.datasetId,
      role: 'roles/bigquery.dataEditor',
      member: options.mergeMember,
    });
    this.viewAuthorization = new BigqueryDatasetAccessA(this, 'views-read-core', {
      project: options.props.projectId,
      datasetId: this.core.datasetId,
      dataset: {
        dataset: {
          projectId: options.props.projectId,
          datasetId: this.published.datasetId,
        },
        targetTypes: ['VIEWS'],
      },
      // BigQuery takes 5 metadata updates of a dataset in 10 s and the provider does not retry: one by one,
      // and never more than those.
      dependsOn: [this.mergeGrant],
    });
    this.readerGrants = this.readersInOrder();
  }

  private dataset(id: string, datasetId: string, description: string): BigqueryDataset {
    const { props, destroyable, labels } = this.options;
    return new BigqueryDataset(this, id, {
      project: props.projectId,
      datasetId,
      location: props.location,
      description,
      maxTimeTravelHours: String(TIME_TRAVEL_HOURS),
      // The state is rewritten often; physical billing would charge for every past version.
      storageBillingModel: 'LOGICAL',
      ...(props.kmsKeyName
        ? { defaultEncryptionConfiguration: { kmsKeyName: props.kmsKeyName } }
        : {}),
      deleteContentsOnDestroy: destroyable,
      labels: { ...labels, component: id },
      lifecycle: { preventDestroy: !destroyable },
    });
  }

  private table(name: TableName): BigqueryTable {
    const { props, destroyable, labels } = this.options;
    const table: Table = TABLES[name];
    return new BigqueryTable(this, `table-${name}`, {
      project: props.projectId,
      datasetId: this.core.datasetId,
      tableId: name,
      description: table.description,
      schema: schemaJson(table),
      ...(table.hourlyPartitionColumn
        ? {
            timePartitioning: {
              type: 'HOUR',
              field: table.hourlyPartitionColumn,
              expirationMs: (props.logRetentionHours + EXPIRY_SLACK_HOURS) * 3_600_000,
            },
          }
        : {}),
      ...(table.clusteringColumns ? { clustering: [...table.clusteringColumns] } : {}),
      // Left to the dataset's default, every plan would show a change.
      ...(props.kmsKeyName ? { encryptionConfiguration: { kmsKeyName: props.kmsKeyName } } : {}),
      deletionProtection: !destroyable,
      labels: { ...labels, component: 'core' },
      lifecycle: { preventDestroy: !destroyable },
    });
  }

  /** A view is created after what it reads: BigQuery checks the text. */
  private viewsInOrder(): Readonly<Record<ViewName, BigqueryTable>> {
    const { props, names, labels } = this.options;
    const sql = bigQueryDialect(names);
    const before: ITerraformDependable[] = Object.values(this.tables);
    return recordOf(VIEW_NAMES, (name) => {
      const view = new BigqueryTable(this, `view-${name}`, {
        project: props.projectId,
        datasetId: this.published.datasetId,
        tableId: name,
        description: VIEWS[name].description,
        view: { query: VIEWS[name].select(sql).trim(), useLegacySql: false },
        // A view holds no data: replacing one loses nothing.
        deletionProtection: false,
        labels: { ...labels, component: 'published' },
        dependsOn: [...before],
      });
      if (name === 'memberships') before.push(view);
      return view;
    });
  }

  private readersInOrder(): readonly BigqueryDatasetIamMember[] {
    const { props } = this.options;
    const grants: BigqueryDatasetIamMember[] = [];
    for (const [index, member] of props.readers.entries()) {
      const previous = grants.at(-1);
      // Told by the member, not by its place: taking one out leaves the others as they are.
      const tag = Token.isUnresolved(member) ? index : stableTag(member);
      grants.push(
        new BigqueryDatasetIamMember(this, `reader-${tag}`, {
          project: props.projectId,
          datasetId: this.published.datasetId,
          role: 'roles/bigquery.dataViewer',
          member,
          dependsOn: previous ? [previous] : [],
        }),
      );
    }
    return grants;
  }
}

function recordOf<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Readonly<Record<Name, Value>> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
}
