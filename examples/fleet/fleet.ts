import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { GcsBackend, TerraformStack, type App } from 'cdktf';
import {
  AudienceImport,
  FleetAlerts,
  type AudienceImportProps,
  type FleetAlertsProps,
} from 'cdktf-audience-import';

/** One workspace of a fleet: what differs from the fleet's defaults. */
export interface FleetWorkspace extends Partial<Omit<AudienceImportProps, 'workspace'>> {
  /**
   * Stack that it shares with others of the same name. Moving a workspace to another stack moves its resources
   * between two states: see docs/upgrading.md.
   * @default - a stack of its own, named like the workspace
   */
  readonly stack?: string;
}

export interface Fleet {
  /** Bucket with the Terraform state of every stack. */
  readonly stateBucket: string;
  /** What a workspace has unless it says otherwise. */
  readonly defaults: Omit<AudienceImportProps, 'workspace'>;
  /** By workspace id. The id is a contract: a changed one is another workspace. */
  readonly workspaces: Readonly<Record<string, FleetWorkspace>>;
  /** The alerts of all workspaces, in a stack of their own. */
  readonly alerts: Omit<FleetAlertsProps, 'projectId'>;
}

/** Adds every workspace to its stack, and their alerts. Nothing of one workspace depends on another. */
export function addFleet(app: App, fleet: Fleet): void {
  const stacks = new Map<string, TerraformStack>();
  for (const [workspace, { stack: name = workspace, ...own }] of Object.entries(fleet.workspaces)) {
    const stack = stacks.get(name) ?? newStack(app, name, fleet);
    stacks.set(name, stack);
    new AudienceImport(stack, workspace, { alerts: false, ...fleet.defaults, ...own, workspace });
  }
  const { projectId } = fleet.defaults;
  const alerts = newStack(app, 'fleet-alerts', fleet);
  new FleetAlerts(alerts, 'fleet-alerts', { projectId, ...fleet.alerts });
}

function newStack(app: App, name: string, fleet: Fleet): TerraformStack {
  const stack = new TerraformStack(app, name);
  new GcsBackend(stack, { bucket: fleet.stateBucket, prefix: `audience-import/${name}` });
  new GoogleProvider(stack, 'google', { project: fleet.defaults.projectId });
  return stack;
}
