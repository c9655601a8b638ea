import type { LakeTableName } from '../../contracts/lake-tables.ts';
import { type CompactionResult, compactTable } from '../lake/compaction.ts';
import { openLake } from '../lake/index.ts';
import { type VacuumResult, vacuumTable } from '../lake/vacuum.ts';
import { takenVersions } from '../published-versions.ts';
import type { CommandContext, CommandResult } from './context.ts';

/** `tonearm compact`: one file for each closed hour. */
export async function compact(context: CommandContext): Promise<CommandResult> {
  const lake = await openLake(context.config, context.clock);
  const tables: Partial<Record<LakeTableName, CompactionResult>> = {};
  let hours = 0;
  for (const table of Object.values(lake.tables)) {
    const done = await compactTable(table, { signal: context.signal });
    tables[table.name] = done;
    hours += done.hours;
    if (done.hours > 0) {
      context.say(`${table.name}: ${done.filesBefore} files became ${done.filesAfter}`);
    }
  }
  return {
    result: { hours, tables },
    text:
      hours === 0
        ? 'Nothing to compact: every closed hour is one file.'
        : `Compacted ${hours} hours.`,
    exitCode: hours === 0 ? 99 : 0,
  };
}

/** `tonearm vacuum`: deletes files that no reader needs any more. */
export async function vacuum(context: CommandContext): Promise<CommandResult> {
  const lake = await openLake(context.config, context.clock);
  const tables: Partial<Record<LakeTableName, VacuumResult>> = {};
  let files = 0;
  const taken = await takenVersions(context.config);
  for (const table of Object.values(lake.tables)) {
    const done = await vacuumTable(table, context.config.vacuumMs, taken(table.name));
    tables[table.name] = done;
    files += done.files + done.logEntries;
  }
  return {
    result: { tables },
    text: files === 0 ? 'Nothing to delete.' : `Deleted ${files} files.`,
    exitCode: files === 0 ? 99 : 0,
  };
}
