import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { GcsBackend, TerraformStack, type App } from 'cdktf';
import { AudienceImport, type AudienceImportProps } from 'cdktf-audience-import';

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
}

/** Adds every workspace to its stack. Nothing of one workspace depends on another. */
export function addFleet(app: App, fleet: Fleet): void {
  const stacks = new Map<string, TerraformStack>();
  for (const [workspace, { stack: name = workspace, ...own }] of Object.entries(fleet.workspaces)) {
    const stack = stacks.get(name) ?? newStack(app, name, fleet);
    stacks.set(name, stack);
    new AudienceImport(stack, workspace, { ...fleet.defaults, ...own, workspace });
  }
}

function newStack(app: App, name: string, fleet: Fleet): TerraformStack {
  const stack = new TerraformStack(app, name);
  new GcsBackend(stack, { bucket: fleet.stateBucket, prefix: `audience-import/${name}` });
  new GoogleProvider(stack, 'google', { project: fleet.defaults.projectId });
  return stack;
}
