import { BigqueryDataset } from '@cdktf/provider-google/lib/bigquery-dataset';
import { BigqueryDatasetAccessA } from '@cdktf/provider-google/lib/bigquery-dataset-access';
import { BigqueryDatasetIamMember } from '@cdktf/provider-google/lib/bigquery-dataset-iam-member';
import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import { bigQueryDialect } from '../../runtime/warehouse/dialect';
import { schemaJson } from '../../runtime/warehouse/schema';
import {
  TABLE_NAMES,
  TABLES,
  type Table,
  type TableName,
  type ViewName,
} from '../../runtime/warehouse/tables';
import { VIEWS, viewsInOrder } from '../../runtime/warehouse/views';
import { TIME_TRAVEL_HOURS } from '../erasure/lifetimes';
import { stableTag } from '../workspace/names';
import { datasetNames, type Workspace } from '../workspace/workspace';
import type { MergeAccount } from './merge-account';

/**
 * Partitions expire a day after the purge should have deleted them. It is the backstop of the purge, not the
 * purge: BigQuery may take days to delete an expired partition.
 */
const EXPIRY_SLACK_HOURS = 24;

export interface WarehouseOptions {
  readonly workspace: Workspace;
  /** Hours that the purge keeps the log. */
  readonly logRetentionHours: number;
  /** IAM members who may read the published dataset. */
  readonly readers: readonly string[];
  readonly mergeAccount: MergeAccount;
}

/** The private core dataset with its tables, and the published dataset with the views that readers see. */
export class Warehouse extends Construct {
  /** The private dataset: the log, the state, and what the MERGE keeps. */
  readonly core: BigqueryDataset;
  /** The dataset that readers see: views, and nothing else. */
  readonly published: BigqueryDataset;
  /** Tables of the core dataset, by name. */
  readonly tables: Readonly<Record<TableName, BigqueryTable>>;
  /** Views of the published dataset, by name. */
  readonly views: Readonly<Record<ViewName, BigqueryTable>>;
  /** Lets the MERGE account change the tables of the core dataset. */
  readonly mergeGrant: BigqueryDatasetIamMember;
  /** Lets the views read the core dataset, so that their readers need no access to it. */
  readonly viewAuthorization: BigqueryDatasetAccessA;
  /** Let each reader read the published dataset, in the order of the prop. */
  readonly readerGrants: readonly BigqueryDatasetIamMember[];

  constructor(
    scope: Construct,
    id: string,
    private readonly options: WarehouseOptions,
  ) {
    super(scope, id);
    const { names, projectId } = options.workspace;
    this.core = this.dataset('core', names.coreDataset, 'Membership changes and state; private.');
    this.published = this.dataset(
      'published',
      names.publishedDataset,
      'What readers see: views, and nothing else.',
    );
    this.tables = recordOf(TABLE_NAMES, (name) => this.table(name));
    this.views = this.createViews();
    this.mergeGrant = options.mergeAccount.grantCoreEditing(this, this.core);
    this.viewAuthorization = new BigqueryDatasetAccessA(this, 'views-read-core', {
      project: projectId,
      datasetId: this.core.datasetId,
      dataset: {
        dataset: {
          projectId,
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
    const { projectId, location, labels, kmsKeyName, destroyable } = this.options.workspace;
    return new BigqueryDataset(this, id, {
      project: projectId,
      datasetId,
      location,
      description,
      maxTimeTravelHours: String(TIME_TRAVEL_HOURS),
      // The state is rewritten often; physical billing would charge for every past version.
      storageBillingModel: 'LOGICAL',
      ...(kmsKeyName === undefined ? {} : { defaultEncryptionConfiguration: { kmsKeyName } }),
      deleteContentsOnDestroy: destroyable,
      labels: { ...labels, component: id },
      lifecycle: { preventDestroy: !destroyable },
    });
  }

  private table(name: TableName): BigqueryTable {
    const { workspace, logRetentionHours } = this.options;
    const { projectId, labels, kmsKeyName, destroyable } = workspace;
    const table: Table = TABLES[name];
    return new BigqueryTable(this, `table-${name}`, {
      project: projectId,
      datasetId: this.core.datasetId,
      tableId: name,
      description: table.description,
      schema: schemaJson(table),
      ...(table.hourlyPartitionColumn
        ? {
            timePartitioning: {
              type: 'HOUR',
              field: table.hourlyPartitionColumn,
              expirationMs: (logRetentionHours + EXPIRY_SLACK_HOURS) * 3_600_000,
            },
          }
        : {}),
      ...(table.clusteringColumns ? { clustering: [...table.clusteringColumns] } : {}),
      // Left to the dataset's default, every plan would show a change.
      ...(kmsKeyName === undefined ? {} : { encryptionConfiguration: { kmsKeyName } }),
      deletionProtection: !destroyable,
      labels: { ...labels, component: 'core' },
      lifecycle: { preventDestroy: !destroyable },
    });
  }

  /** A view is created after what it reads, because BigQuery checks the text. */
  private createViews(): Readonly<Record<ViewName, BigqueryTable>> {
    const { workspace } = this.options;
    const sql = bigQueryDialect(datasetNames(workspace));
    const made = new Map<ViewName, BigqueryTable>();
    return recordOf(viewsInOrder(), (name) => {
      const { description, reads, select } = VIEWS[name];
      const view = new BigqueryTable(this, `view-${name}`, {
        project: workspace.projectId,
        datasetId: this.published.datasetId,
        tableId: name,
        description,
        view: { query: select(sql).trim(), useLegacySql: false },
        // A view holds no data: replacing one loses nothing.
        deletionProtection: false,
        labels: { ...workspace.labels, component: 'published' },
        dependsOn: [
          ...Object.values(this.tables),
          ...reads.flatMap((read) => made.get(read) ?? []),
        ],
      });
      made.set(name, view);
      return view;
    });
  }

  private readersInOrder(): readonly BigqueryDatasetIamMember[] {
    const { workspace, readers } = this.options;
    const grants: BigqueryDatasetIamMember[] = [];
    for (const [index, member] of readers.entries()) {
      const previous = grants.at(-1);
      // Named by the member, not by its place in the list, so that removing one leaves the others unchanged.
      const tag = Token.isUnresolved(member) ? index : stableTag(member);
      grants.push(
        new BigqueryDatasetIamMember(this, `reader-${tag}`, {
          project: workspace.projectId,
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
