import type { Inventory } from './inventory';

/** The inventory as text with one fact per line, so that a diff of two texts shows where two stacks differ. */
export function renderInventory(inventory: Inventory): string {
  const { resources, names } = inventory;
  const total = Object.values(resources).reduce((sum, count) => sum + count, 0);
  return [
    `${total} resources:`,
    ...Object.entries(resources).flatMap(([type, count]) => [
      `  ${count} ${type}`,
      ...(names[type] ?? []).map((name) => `      ${name}`),
    ]),
    ...section('grants', inventory.grants),
    ...section('schedules, UTC unless a zone is named', inventory.schedules),
    ...section('retention', inventory.retention),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)];
}
